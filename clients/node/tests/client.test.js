import assert from "node:assert/strict";
import { test } from "node:test";
import * as library from "macie-broker";
import { GetMacieSessionCommand, Macie2Client } from "macie-broker";
import { failure, result, scriptedBroker } from "./scripted-broker.js";

const command = new GetMacieSessionCommand({});

async function clientOf(t, answer, config = {}) {
    const broker = await scriptedBroker(t, answer);
    const client = new Macie2Client({ socketPath: broker.path, ...config });
    t.after(() => client.destroy());
    return { broker, client };
}

test("a session has the SDK's shape, and its provenance beside it", async (t) => {
    const session = { createdAt: "2020-12-02T22:39:41.930123Z", status: "ENABLED", later: 1 };
    const { client } = await clientOf(t, ({ id }, peer) => peer.write(result(id, session)));
    const { $metadata, $provenance, ...members } = await client.send(command);
    assert.deepEqual(members, { createdAt: new Date("2020-12-02T22:39:41.930Z"), status: "ENABLED" });
    assert.deepEqual($metadata, { httpStatusCode: 200, requestId: "r-1", attempts: 2, totalRetryDelay: 0 });
    assert.equal($provenance.fetchedAt.getTime(), Date.UTC(2026, 2, 1, 8, 0, 0, 125));
    assert.equal($provenance.cached, true);
});

test("a command's input goes before the client's, and what is undefined is not sent", async (t) => {
    const seen = [];
    const answer = ({ id, params }, peer) => seen.push(params) && peer.write(result(id));
    const { client } = await clientOf(t, answer, { profile: "audit", region: "us-east-1" });
    await client.send(command);
    await client.send(new GetMacieSessionCommand({ region: "eu-west-1", profile: undefined, maxAgeSeconds: 0 }));
    assert.deepEqual(seen[0], { profile: "audit", region: "us-east-1" });
    assert.deepEqual(seen[1], { profile: "audit", region: "eu-west-1", maxAgeSeconds: 0 });
});

const exceptions = [
    ["ValidationException", 400, "client"], ["ServiceQuotaExceededException", 402, "client"],
    ["AccessDeniedException", 403, "client"], ["ResourceNotFoundException", 404, "client"],
    ["ConflictException", 409, "client"], ["ThrottlingException", 429, "client"],
    ["InternalServerException", 500, "server"],
];
for (const [name, httpStatus, fault] of exceptions) {
    test(`${name} is an instance of its class`, async (t) => {
        const data = { type: name, origin: "aws", httpStatus, requestId: "r-2", retryable: httpStatus > 428 };
        const { client } = await clientOf(t, ({ id }, peer) => peer.write(failure(id, data, "so said AWS")));
        const error = await client.send(command).catch((error) => error);
        assert.ok(error instanceof library[name] && error instanceof library.Macie2ServiceException);
        assert.ok(!(error instanceof library.BrokerError));
        assert.deepEqual([error.name, error.message, error.$fault], [name, "so said AWS", fault]);
        assert.deepEqual(error.$metadata, { httpStatusCode: httpStatus, requestId: "r-2", totalRetryDelay: 0 });
        const retryable = httpStatus > 428 ? { throttling: name === "ThrottlingException" } : undefined;
        assert.deepEqual(error.$retryable, retryable);
    });
}

test("a code that AWS does not document is the base class with that name", async (t) => {
    const codes = ["ExpiredTokenException", "constructor", "BrokerError"];
    const answer = ({ id }, peer) => peer.write(failure(id, { type: codes[0], origin: "aws", httpStatus: 503 }));
    const { client } = await clientOf(t, answer);
    for (; codes.length > 0; codes.shift()) {
        const error = await client.send(command).catch((error) => error);
        assert.equal(error.constructor, library.Macie2ServiceException);
        assert.deepEqual([error.name, error.$fault], [codes[0], "server"]);
    }
});

test("a refusal of the broker's is no exception of AWS's, and ends with the remedy", async (t) => {
    const data = { type: "PermissionDenied", remedy: "ask for a grant" };
    const { client } = await clientOf(t, ({ id }, peer) => peer.write(failure(id, data, "no grant allows it")));
    const error = await client.send(command).catch((error) => error);
    assert.ok(error instanceof library.BrokerError && !(error instanceof library.Macie2ServiceException));
    assert.deepEqual([error.name, error.type], ["PermissionDenied", "PermissionDenied"]);
    assert.equal(error.reason, "no grant allows it");
    assert.equal(error.message, "no grant allows it; ask for a grant");
});

test("control characters in what Node prints of an error are harmless", async (t) => {
    const data = { type: "A\u001b[2J", remedy: "\u009b31m\u202e" };
    const { client } = await clientOf(t, ({ id }, peer) => peer.write(failure(id, data, "a\u001b]0;b\nc")));
    const error = await client.send(command).catch((error) => error);
    assert.equal(error.message, "a\\u001b]0;b\nc; \\u009b31m\\u202e");
    assert.equal(error.name, "A\\u001b[2J");
    assert.equal(error.reason, "a\u001b]0;b\nc");
});

test("an abort signal ends a call as the SDK does, and the next call has another connection", async (t) => {
    const aborting = new AbortController();
    const answer = ({ id }, peer) => (aborting.signal.aborted ? peer.write(result(id)) : aborting.abort("enough"));
    const { broker, client } = await clientOf(t, answer);
    const options = { abortSignal: aborting.signal };
    await assert.rejects(client.send(command, options), { name: "AbortError", cause: "enough" });
    await assert.rejects(client.send(command, options), { name: "AbortError" });
    assert.equal((await client.send(command)).status, "ENABLED");
    assert.equal(broker.connections.length, 2);
});

test("a call that is over leaves nothing at its abort signal", async (t) => {
    const { client } = await clientOf(t, ({ id }, peer) => peer.write(result(id)));
    let listeners = 0;
    const abortSignal = { aborted: false, addEventListener: () => listeners++, removeEventListener: () => listeners-- };
    await client.send(command, { abortSignal });
    assert.equal(listeners, 0);
});

test("the broker's own limit is over before the client's", () => {
    assert.ok(new library.Macie2Client().config.requestTimeout > 30_000); // requestSeconds, PROTOCOL.md section 8
});

test("a call that times out does not end the others of its connection", async (t) => {
    const waiting = [];
    let isThere;
    const firstIsThere = new Promise((resolve) => (isThere = resolve));
    const { client } = await clientOf(t, ({ id }, peer) => isThere(waiting.push(() => peer.write(result(id)))));
    const other = client.send(command);
    await firstIsThere;
    await assert.rejects(client.send(command, { requestTimeout: 50 }), { name: "TimeoutError", type: "timeout" });
    waiting[0]();
    assert.equal((await other).status, "ENABLED");
});

test("destroy fails what is under way and closes the connection; nothing can be sent after it", async (t) => {
    const { broker, client } = await clientOf(t, (request, peer) => peer.once("close", closed) && client.destroy());
    let closed;
    const isClosed = new Promise((resolve) => (closed = resolve));
    await assert.rejects(client.send(command), library.ConnectionClosedError);
    await isClosed;
    await assert.rejects(client.send(command), library.UsageError);
    assert.equal(broker.connections.length, 1);
});

test("a callback is called as the SDK calls it", async (t) => {
    const { client } = await clientOf(t, ({ id }, peer) => peer.write(result(id)));
    const [error, output] = await new Promise((resolve) => client.send(command, (...all) => resolve(all)));
    assert.deepEqual([error, output.status], [null, "ENABLED"]);
});

test("no more than 32 requests wait at the broker, and all are answered", async (t) => {
    let waiting = [], most = 0;
    const answer = ({ id }, peer) => {
        waiting.push(id);
        most = Math.max(most, waiting.length);
        if (waiting.length === 1) setImmediate(answerAll, peer);
    };
    const answerAll = (peer) => waiting.splice(0).reverse().forEach((id) => peer.write(result(id)));
    const { broker, client } = await clientOf(t, answer);
    await client.send(command);
    const all = await Promise.all(Array.from({ length: 200 }, () => client.send(command)));
    assert.equal(all.length, 200);
    assert.ok(most > 1 && most <= 32, `${most} at once`);
    assert.equal(broker.connections.length, 1);
});

test("a farewell that crosses a request is not its answer: it is asked again, once", async (t) => {
    let count = 0;
    const answer = ({ id }, peer) => {
        count += 1;
        if (count === 1) peer.write(result(id));
        else peer.end(failure(null, { type: "IdleTimeout", retryable: true }));
    };
    const { broker, client } = await clientOf(t, answer);
    await client.send(command);
    await assert.rejects(client.send(command), { name: "IdleTimeout" });
    assert.deepEqual([count, broker.connections.length], [3, 2]);
});

test("a request is never made a third time, even where others keep the connection", async (t) => {
    const ids = [];
    const { broker, client } = await clientOf(t, ({ id, params }, peer) => {
        ids.push(params.profile);
        if (params.profile === undefined) peer.write(result(id));
        else if (ids.filter((profile) => profile === "lost").length > 1) peer.destroy();
    });
    await client.send(command);
    const lost = client.send(new GetMacieSessionCommand({ profile: "lost" })).catch(({ name }) => name);
    const late = new GetMacieSessionCommand({ profile: "late" });
    await assert.rejects(client.send(late, { requestTimeout: 20 }), library.TimeoutError);
    await client.send(command);
    broker.connections[0].destroy();
    assert.equal(await lost, "ConnectionClosedError");
    assert.deepEqual(ids, [undefined, "lost", "late", undefined, "lost"]);
});

test("several lost to one farewell are all told of it", async (t) => {
    let count = 0;
    const farewell = failure(null, { type: "SlowReader" });
    const { client } = await clientOf(t, (request, peer) => (count += 1) === 3 && peer.end(farewell));
    const all = await Promise.allSettled([1, 2, 3].map(() => client.send(command)));
    assert.deepEqual(all.map(({ reason }) => reason.name), ["SlowReader", "SlowReader", "SlowReader"]);
});

const misuses = [
    ["a socketPath that is empty", () => new Macie2Client({ socketPath: "" })],
    ["a profile that is no string", () => new Macie2Client({ profile: 5 })],
    ["a requestTimeout of 0", () => new Macie2Client({ requestTimeout: 0 })],
    ["a requestTimeout that is no number", () => new Macie2Client({ requestTimeout: Number.NaN })],
    ["another command", () => new Macie2Client().send({ input: {} })],
    ["an input that is no object", () => new Macie2Client().send(new GetMacieSessionCommand("x"))],
    ["a maxAgeSeconds with a fraction", () => new Macie2Client({ maxAgeSeconds: 1.5 })],
];
for (const [what, misuse] of misuses) {
    test(`${what} is refused before anything is sent`, async () => {
        await assert.rejects(async () => misuse(), library.UsageError);
    });
}

test("index.d.ts declares the classes that there are", async () => {
    const { readFileSync } = await import("node:fs");
    const declarations = readFileSync(new URL("../index.d.ts", import.meta.url), "utf8");
    const declared = [...declarations.matchAll(/^export declare class (\w+)/gm)].map(([, name]) => name);
    assert.deepEqual(declared.sort(), Object.keys(library).sort());
});

test("an answer that is wrong inside fails its own call, and nobody's fails none", async (t) => {
    const bad = { code: "5", message: 5, data: [] };
    const wrong = (id) => `${JSON.stringify({ jsonrpc: "2.0", id, error: bad })}\n`;
    const waiting = [];
    const { client } = await clientOf(t, ({ id }, peer) => {
        if (waiting.push(id) < 2) return;
        peer.write(wrong("nobody") + wrong(waiting[0]) + result(waiting[1]));
    });
    const [first, second] = await Promise.allSettled([client.send(command), client.send(command)]);
    assert.ok(first.reason instanceof library.ProtocolError);
    assert.equal(second.value?.status, "ENABLED");
});
