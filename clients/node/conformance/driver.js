// The driver of the client conformance run: calls in, one JSON object a line; outcomes out, in the same order.
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { BrokerError, GetMacieSessionCommand, Macie2Client, Macie2ServiceException, UsageError } from "macie-broker";

const client = new Macie2Client();
const ofTheClient = new Set(["no-broker", "timeout", "closed", "protocol"]);

async function outcome(call) {
    switch (call.call) {
        case "session": return session(call);
        case "concurrent": {
            const calls = Array.isArray(call.of) ? call.of : Array.from({ length: call.count }, () => call.of);
            return { all: await Promise.all(calls.map(outcome)) };
        }
        case "pause":
            await pause(call.seconds * 1000);
            return { paused: true };
        default: return { unsupported: call.call };
    }
}

async function session({ profile, region, maxAgeSeconds, timeoutSeconds }) {
    try {
        const command = new GetMacieSessionCommand({ profile, region, maxAgeSeconds });
        const options = timeoutSeconds === undefined ? {} : { requestTimeout: timeoutSeconds * 1000 };
        const { $metadata, $provenance, ...members } = await client.send(command, options);
        return { session: members, provenance: $provenance };
    } catch (error) {
        return { error: told(error) };
    }
}

/** A Date's JSON is RFC 3339 in UTC with 3 decimals already. */
function told(error) {
    if (error instanceof UsageError) return { family: "usage", type: "usage", message: error.message };
    const { name, message, code, remedy, retryable, retryAfterSeconds, $metadata } = error;
    const { httpStatusCode: httpStatus, requestId } = $metadata ?? {};
    const common = { message, code, remedy, retryable, retryAfterSeconds, httpStatus, requestId };
    if (error instanceof Macie2ServiceException) return { family: "aws", type: name, ...common };
    if (!(error instanceof BrokerError)) throw error;
    const family = code === undefined && ofTheClient.has(error.type) ? error.type : "broker";
    return { family, type: error.type, ...common };
}

for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await outcome(JSON.parse(line)))}\n`);
}
client.destroy();
