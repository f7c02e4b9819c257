// What TypeScript makes of index.d.ts, as a user's program has it; compiled and never run.
import {
    AccessDeniedException, BrokerError, ConnectionClosedError, GetMacieSessionCommand, Macie2Client, Macie2ServiceException,
    NoBrokerError, ProtocolError, TimeoutError, UsageError,
} from "macie-broker";

export async function asAWSHasIt(client = new Macie2Client({ region: "us-east-1" })) {
    const answer = await client.send(new GetMacieSessionCommand({}));
    const created: Date | undefined = answer.createdAt;
    const frequency: string | undefined = answer.findingPublishingFrequency;
    const isOn: boolean = answer.status === "ENABLED";
    const requestId: string | undefined = answer.$metadata.requestId;
    const age: number = answer.$provenance.ageSeconds;
    client.destroy();
    return { created, frequency, isOn, requestId, age };
}

export function byName(error: unknown): string | undefined {
    if (error instanceof AccessDeniedException) return `${error.name} ${error.$fault} ${error.$metadata.httpStatusCode}`;
    if (error instanceof Macie2ServiceException) return error.$retryable?.throttling ? "slower" : error.reason;
    if (error instanceof NoBrokerError || error instanceof TimeoutError) return error.remedy;
    if (error instanceof ConnectionClosedError || error instanceof ProtocolError) return error.type;
    if (error instanceof BrokerError) return `${error.type} ${error.code} ${error.retryAfterSeconds}`;
    return error instanceof UsageError ? error.message : undefined;
}

const client = new Macie2Client();
const command = new GetMacieSessionCommand({ profile: "audit", maxAgeSeconds: 60 });
const abortion = { aborted: false, addEventListener() {}, removeEventListener() {} };
client.send(command, { abortSignal: abortion, requestTimeout: 2000 });
client.send(command, (error, output) => output?.serviceRole);

// @ts-expect-error an age in words
new GetMacieSessionCommand({ maxAgeSeconds: "60" });
// @ts-expect-error a member that the client does not have: it holds no credentials
new Macie2Client({ credentials: {} });
// @ts-expect-error a command is not made of nothing
client.send({ profile: 1 });
// @ts-expect-error the broker's errors are the client's to make
new BrokerError();
// @ts-expect-error what is configured stays
client.config.region = "eu-west-1";
