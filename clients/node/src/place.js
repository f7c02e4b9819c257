// Where the broker is: PROTOCOL.md, 1. The first place that applies is final.
import { existsSync } from "node:fs";
import { NoBrokerError } from "./errors.js";

const systemPath = "/run/macie-broker/broker.sock";
const pathBytes = 107; // what sockaddr_un has room for, unix(7); old releases of Node cut a longer path off
const start = "start one with `macie-brokerd`, or say where one listens, with MACIE_BROKER_SOCKET or socketPath";
const ask = "ask whoever runs the broker to open its socket to you, or start your own with `macie-brokerd`";
const connectErrors = {
    ENOENT: ["there is no such socket", start],
    ENOTDIR: ["there is no such socket", start],
    ECONNREFUSED: ["nobody listens on this socket", start],
    EACCES: ["permission denied", ask],
    EPERM: ["not permitted; perhaps no Unix socket is", `${ask}, or inherit a connected MACIE_BROKER_FD`],
};

/** `{ path, name, why }` or `{ descriptor, name, why }`. */
export function locate(socketPath, environment = process.env) {
    if (socketPath !== undefined) return ofPath(socketPath, "given as socketPath");
    const { MACIE_BROKER_FD: number, MACIE_BROKER_SOCKET: path, XDG_RUNTIME_DIR: directory } = environment;
    if (number) {
        const place = { descriptor: Number(number), name: `MACIE_BROKER_FD=${number}`, why: "set in the environment" };
        if (/^\d+$/.test(number) && place.descriptor <= 0x7fffffff) return place;
        throw badDescriptor(place, "not a descriptor's number");
    }
    if (path) return ofPath(path, "from MACIE_BROKER_SOCKET");
    const ofUser = directory?.startsWith("/") && `${directory}/macie-broker/broker.sock`;
    if (ofUser && existsSync(ofUser)) return ofPath(ofUser, "found in XDG_RUNTIME_DIR");
    const not = ofUser ? `, and there is no ${ofUser}` : "";
    return ofPath(systemPath, `the usual place, as MACIE_BROKER_SOCKET and MACIE_BROKER_FD are not set${not}`);
}

function ofPath(path, why) {
    const place = { path, name: path, why };
    if (Buffer.byteLength(path) <= pathBytes && !path.includes("\0")) return place;
    const remedy = "name a shorter one, to `macie-brokerd` and with MACIE_BROKER_SOCKET or socketPath to its clients";
    throw noBroker(place, `a socket path has 1 to ${pathBytes} bytes and no NUL`, remedy);
}

/** The error for connect(2)'s. */
export function cannotConnect(place, error) {
    return noBroker(place, ...(connectErrors[error.code] ?? [error.code ?? error.message, start]), error);
}

export function badDescriptor(place, what = "not an open, connected Unix stream socket", cause = undefined) {
    const remedy = "unset MACIE_BROKER_FD, or let it be an inherited socket that is connected to `macie-brokerd`";
    return noBroker(place, what, remedy, cause);
}

function noBroker({ name, why }, what, remedy, cause) {
    return new NoBrokerError(`no broker at ${name} (${why}): ${what}`, remedy, cause);
}
