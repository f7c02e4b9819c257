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
        return { session: members, provenance: $provenance }; // a Date's JSON is RFC 3339 in UTC with 3 decimals
    } catch (error) {
        return { error: told(error) };
    }
}

/** What another said is told in its own words; the client's own words are the whole message, as its user sees it. */
function told(error) {
    const { name, type, message, reason, code, remedy, retryable, retryAfterSeconds, $metadata } = error;
    if (error instanceof UsageError) return { family: "usage", type: "usage", message };
    if (ofTheClient.has(type) && code === undefined) return { family: type, type, message, remedy, retryable };
    const isOfAWS = error instanceof Macie2ServiceException;
    if (!isOfAWS && !(error instanceof BrokerError)) throw error;
    return {
        family: isOfAWS ? "aws" : "broker", type: isOfAWS ? name : type, message: reason, code, remedy, retryable,
        retryAfterSeconds, httpStatus: $metadata.httpStatusCode, requestId: $metadata.requestId,
    };
}

for await (const line of createInterface({ input: process.stdin })) {
    process.stdout.write(`${JSON.stringify(await outcome(JSON.parse(line)))}\n`);
}
client.destroy();
