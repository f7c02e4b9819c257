// A broker for one test: each line that comes is handed to the test's function, with the connection it came on.
import { mkdtempSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

export const provenance = {
    profile: "default", region: "us-east-1", requestId: "r-1", fetchedAt: "2026-03-01T08:00:00.125Z", ageSeconds: 0.5,
    cached: true, attempts: 2,
};

export function result(id, session = { status: "ENABLED" }) {
    return `${JSON.stringify({ jsonrpc: "2.0", id, result: { session, provenance } })}\n`;
}

export function failure(id, data, message = "no") {
    const error = { code: -32000, message, data: { origin: "broker", retryable: false, ...data } };
    return `${JSON.stringify({ jsonrpc: "2.0", id, error })}\n`;
}

/** Hands each request on `stream` to `answer`. */
export function serve(stream, answer) {
    stream.on("error", () => {});
    createInterface({ input: stream }).on("line", (line) => answer(JSON.parse(line), stream));
}

/** Listens until the test `t` ends; `connections` has those that came. */
export async function scriptedBroker(t, answer) {
    const folder = mkdtempSync(join(tmpdir(), "macie-node-"));
    const broker = { path: join(folder, "broker.sock"), connections: [] };
    const server = net.createServer((connection) => {
        broker.connections.push(connection);
        serve(connection, answer);
    });
    await new Promise((resolve) => server.listen(broker.path, resolve));
    t.after(() => {
        server.close();
        for (const connection of broker.connections) connection.destroy();
        rmSync(folder, { recursive: true });
    });
    return broker;
}
