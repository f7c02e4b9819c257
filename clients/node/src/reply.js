// One reply line, and what its members must be: PROTOCOL.md, 6 and 7.1.
import * as errors from "./errors.js";
import { parseStrictly } from "./json.js";

const { BrokerError, Macie2ServiceException, ProtocolError } = errors;

const integers = new Set(["id", "error.code", "error.data.httpStatus", "result.provenance.attempts"]);
const rfc3339 = /^(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:)(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)?$/;

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const optional = (kind) => ({ ...kind, optional: true });
const kind = (name, holds, read = (value) => value) => ({ name, holds, read });
const string = kind("a string", (value) => typeof value === "string");
const boolean = kind("a boolean", (value) => typeof value === "boolean");
const integer = kind("an integer", Number.isSafeInteger);
const positive = kind("an integer of 1 or more", (value) => Number.isSafeInteger(value) && value >= 1);
const duration = kind("a number of 0 or more", (value) => Number.isFinite(value) && value >= 0);
const object = kind("an object", isObject);
const timestamp = kind("a timestamp", (value) => dateOf(value) !== undefined, (value) => dateOf(value));

const errorMembers = { code: integer, message: string, data: object };
const dataMembers = {
    type: string, origin: string, retryable: boolean, retryAfterSeconds: optional(duration),
    httpStatus: optional(integer), requestId: optional(string), remedy: optional(string),
};
const resultMembers = { session: object, provenance: object };
const sessionMembers = {
    createdAt: optional(timestamp), findingPublishingFrequency: optional(string), serviceRole: optional(string),
    status: optional(string), updatedAt: optional(timestamp),
};
const provenanceMembers = {
    profile: string, region: string, requestId: optional(string), fetchedAt: timestamp, ageSeconds: duration,
    cached: boolean, attempts: positive,
};

/** `{ id, result }` or `{ id, error }`. What they hold is looked at by the two functions below. */
export function parseReply(line) {
    const reply = parseStrictly(line, integers);
    if (!isObject(reply) || reply.jsonrpc !== "2.0") throw new ProtocolError("a line is not a JSON-RPC 2.0 reply");
    const { id, result, error } = reply;
    const isId = id === null || typeof id === "string" || Number.isSafeInteger(id);
    if (!isId) throw new ProtocolError("a reply has no id");
    if ((result === undefined) === (error === undefined)) {
        throw new ProtocolError("a reply has not exactly one of result and error");
    }
    if (id === null && error === undefined) throw new ProtocolError("a result has no id");
    return { id, result, error };
}

/** What an error reply tells, as an Error. */
export function failureOf({ error }) {
    const { code, message, data } = take(error, errorMembers, "error");
    const { type, origin, httpStatus, requestId, ...rest } = take(data, dataMembers, "error.data");
    const $metadata = metadata({ httpStatusCode: httpStatus, requestId });
    if (origin !== "aws") return new BrokerError({ type, code, message, $metadata, ...rest });
    const isDocumented = errors[type]?.prototype instanceof Macie2ServiceException;
    const Type = isDocumented ? errors[type] : Macie2ServiceException;
    return new Type({ name: type, $fault: httpStatus >= 500 ? "server" : "client", code, message, $metadata, ...rest });
}

/** The result of GetMacieSession as the SDK has it; the broker's provenance is in `$provenance`. */
export function outputOf({ result }) {
    const { session, provenance } = take(result, resultMembers, "result");
    const $provenance = take(provenance, provenanceMembers, "result.provenance");
    const { requestId, attempts } = $provenance;
    const $metadata = metadata({ httpStatusCode: 200, requestId, attempts });
    return { $metadata, ...take(session, sessionMembers, "result.session"), $provenance };
}

/** What is not known is absent, and not undefined. */
function metadata(members) {
    const known = Object.entries(members).filter(([, value]) => value !== undefined);
    return { ...Object.fromEntries(known), totalRetryDelay: 0 };
}

/** The members that are known; further ones are ignored. An optional one is absent, never null. */
function take(value, members, at) {
    if (!isObject(value)) throw new ProtocolError(`${at} is not an object`);
    const taken = {};
    for (const name in members) {
        const { name: what, holds, read, optional } = members[name];
        if (value[name] === undefined && optional) continue;
        if (!holds(value[name])) throw new ProtocolError(`${at}.${name} is not ${what}`);
        taken[name] = read(value[name]);
    }
    return taken;
}

/** The instant that RFC 3339 text stands for, cut to milliseconds, or undefined. Without a zone it is UTC. */
export function dateOf(text) {
    const found = typeof text === "string" && rfc3339.exec(text);
    if (!found) return undefined;
    const [, day, time, seconds, fraction = "", zone = "Z"] = found;
    const isLeap = seconds === "60"; // RFC 3339, 5.6; a Date counts none, so it is the second after
    const iso = `${day}T${time}${isLeap ? "59" : seconds}.${fraction.padEnd(3, "0").slice(0, 3)}Z`;
    const date = new Date(iso);
    // Date takes the 30th of February for a day in March, and 24:00 for the next day.
    if (Number.isNaN(date.getTime()) || date.toISOString() !== iso) return undefined;
    const [hours, minutes] = zone.length > 1 ? [Number(zone.slice(1, 3)), Number(zone.slice(4))] : [0, 0];
    if (hours > 23 || minutes > 59) return undefined;
    const offset = (zone[0] === "-" ? -1 : 1) * (hours * 60 + minutes) * 60_000;
    return new Date(date.getTime() - offset + (isLeap ? 1000 : 0));
}
