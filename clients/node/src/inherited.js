// MACIE_BROKER_FD: one connection, which all clients of this process share. PROTOCOL.md, 1.1.
import { fstatSync, readFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { Connection } from "./connection.js";
import { badDescriptor } from "./place.js";

const nonBlocking = 0o4000; // O_NONBLOCK, fcntl(2)
const connections = new Map();

/** The connection of an inherited descriptor. */
export function inheritedConnection(place) {
    if (!isMainThread) throw badDescriptor(place, "only the main thread may use an inherited descriptor");
    if (!connections.has(place.descriptor)) connections.set(place.descriptor, adopt(place));
    return connections.get(place.descriptor);
}

function adopt(place) {
    try {
        if (!fstatSync(place.descriptor).isSocket()) throw new Error("not a socket");
        return Connection.inherited(place, blocks(place.descriptor));
    } catch (error) {
        throw badDescriptor(place, undefined, error);
    }
}

/** Where /proc is not mounted, a descriptor counts as blocking, as nearly all are. */
function blocks(descriptor) {
    try {
        const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, "latin1"));
        return (parseInt(flags[1], 8) & nonBlocking) === 0;
    } catch {
        return true;
    }
}
