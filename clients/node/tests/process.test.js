// What a process of its own shows: that it ends by itself, and what becomes of a descriptor it inherits.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import net from "node:net";
import { test } from "node:test";
import { failure, result, scriptedBroker, serve } from "./scripted-broker.js";

const prelude = `
    import { readFileSync } from "node:fs";
    import { Macie2Client, GetMacieSessionCommand } from "macie-broker";
    const send = (client, options) => client.send(new GetMacieSessionCommand({}), options).then(({ status }) => status);
    const flags = () => parseInt(/flags:\\s*(\\d+)/.exec(readFileSync("/proc/self/fdinfo/3", "latin1"))[1], 8);
    const client = new Macie2Client();
    let said = [];
    process.on("exit", () => console.log(JSON.stringify(said)));
`;

/** Runs the program with descriptor 3 as given, and resolves to what it said when it has ended by itself. */
async function run(t, program, environment, descriptor = "ignore", answer = undefined) {
    const child = spawn(process.execPath, ["--input-type=module", "--eval", prelude + program], {
        cwd: new URL("..", import.meta.url), env: { PATH: process.env.PATH, ...environment },
        stdio: ["ignore", "pipe", "inherit", descriptor],
    });
    t.after(() => child.kill("SIGKILL"));
    if (answer) serve(child.stdio[3], answer);
    let text = "";
    child.stdout.on("data", (data) => (text += data));
    const tooLate = setTimeout(() => child.kill("SIGKILL"), 30_000);
    const [status, signal] = await once(child, "close");
    clearTimeout(tooLate);
    assert.deepEqual([status, signal], [0, null], "the program ends by itself");
    return JSON.parse(text);
}

const inherited = { MACIE_BROKER_FD: "3" };

test("a program that has its answer ends by itself, with its connection open", async (t) => {
    const broker = await scriptedBroker(t, ({ id }, peer) => peer.write(result(id)));
    const said = await run(t, "said.push(await send(client));", { MACIE_BROKER_SOCKET: broker.path });
    assert.deepEqual(said, ["ENABLED"]);
});

test("a program waits for its answer", async (t) => {
    const broker = await scriptedBroker(t, ({ id }, peer) => setTimeout(() => peer.write(result(id)), 200));
    const said = await run(t, "said.push(await send(client));", { MACIE_BROKER_SOCKET: broker.path });
    assert.deepEqual(said, ["ENABLED"]);
});

test("a blocking inherited descriptor is blocking afterwards, and stays open", async (t) => {
    const program = `
        said.push(flags() & 0o4000, await send(client), flags() & 0o4000);
        client.destroy();
        said.push(await send(new Macie2Client()), flags() & 0o4000);`;
    const said = await run(t, program, inherited, "pipe", ({ id }, peer) => peer.write(result(id)));
    assert.deepEqual(said, [0, "ENABLED", 0, "ENABLED", 0]);
});

test("a non-blocking inherited descriptor is non-blocking afterwards", async (t) => {
    const broker = await scriptedBroker(t, ({ id }, peer) => peer.write(result(id)));
    const connection = net.connect(broker.path);
    await once(connection, "connect");
    const program = "said.push(flags() & 0o4000, await send(client), flags() & 0o4000);";
    const said = await run(t, program, inherited, connection);
    assert.deepEqual(said, [0o4000, "ENABLED", 0o4000]);
});

test("a blocking inherited descriptor does not hold up the process when a read is filled to its end", async (t) => {
    const program = `
        let ticks = 0;
        const ticking = setInterval(() => ticks++, 10);
        said.push(await send(client));
        clearInterval(ticking);
        said.push(ticks > 3); // held up, it would tick once at most`;
    const answer = ({ id }, peer) => {
        const line = result(id);
        peer.write(" ".repeat(65_536)); // white space before a reply does no harm
        setTimeout(() => peer.write(line), 300);
    };
    assert.deepEqual(await run(t, program, inherited, "pipe", answer), ["ENABLED", true]);
});

test("a call by an inherited descriptor that is never answered times out, and the program ends", async (t) => {
    const program = `
        said.push(await send(client, { requestTimeout: 50 }).catch(({ name }) => name));
        said.push(await send(client));`;
    let late;
    const answer = ({ id }, peer) => (late ? peer.write(late + result(id)) : (late = result(id, { status: "LATE" })));
    assert.deepEqual(await run(t, program, inherited, "pipe", answer), ["TimeoutError", "ENABLED"]);
});

test("an inherited connection that the broker has ended is the end, and its descriptor stays open", async (t) => {
    const program = `
        for (let count = 0; count < 3; count += 1) said.push(await send(client).catch(({ name }) => name));
        await new Promise((resolve) => setTimeout(resolve, 20));
        said.push(flags() & 0o4000);`;
    let count = 0;
    const answer = ({ id }, peer) => {
        if ((count += 1) === 1) peer.write(result(id));
        else peer.end(failure(null, { type: "ShuttingDown" }), () => peer.destroy());
    };
    const said = await run(t, program, inherited, "pipe", answer);
    assert.deepEqual(said, ["ENABLED", "ShuttingDown", "ConnectionClosedError", 0]);
});

test("a worker does not read what the main thread's descriptor brings", async (t) => {
    const program = `
        import { Worker } from "node:worker_threads";
        new Worker("./tests/worker.js", { execArgv: [] }).on("message", (name) => said.push(name));`;
    assert.deepEqual(await run(t, program, inherited, "pipe", () => {}), ["NoBrokerError"]);
});
