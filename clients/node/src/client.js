import { Connection } from "./connection.js";
import { ConnectionClosedError, TimeoutError, UsageError } from "./errors.js";
import { inheritedConnection } from "./inherited.js";
import { locate } from "./place.js";

const usualTimeout = 35_000; // somewhat more than the broker allows itself: PROTOCOL.md, 8
const longestTimeout = 86_400_000; // a day; setTimeout takes a wait of more than 24 days for none

// An inherited socket may still carry replies to whoever used it before: the ids must not be theirs.
const idPrefix = `${process.pid.toString(36)}-${Math.random().toString(36).slice(2, 10)}`;
let lastId = 0;

/** Asks for the Macie session. What the input leaves out is the client's, else the broker's default. */
export class GetMacieSessionCommand {
    constructor(input = {}) {
        this.input = input;
    }
}

/** The client of AWS's SDK, with a broker in the place of keys. */
export class Macie2Client {
    #place;
    #wasFound = false;
    #connection;
    #pending = new Set();
    #isDestroyed = false;

    constructor(config = {}) {
        const { socketPath, requestTimeout = usualTimeout } = config;
        if (socketPath !== undefined && (typeof socketPath !== "string" || socketPath === "")) {
            throw new UsageError("socketPath must be a string that is not empty");
        }
        this.config = { ...parameters(config), socketPath, requestTimeout: milliseconds(requestTimeout) };
    }

    /** Resolves to the session. `requestTimeout`, in milliseconds, is for all of the call. */
    send(command, options = {}, callback = undefined) {
        if (typeof options === "function") [options, callback] = [{}, options];
        const outcome = this.#send(command, options);
        if (callback === undefined) return outcome;
        outcome.then((output) => callback(null, output), (error) => callback(error));
    }

    /** Closes the connection. What is under way fails; an inherited descriptor stays open. */
    destroy() {
        this.#isDestroyed = true;
        for (const giveUp of this.#pending) giveUp(new ConnectionClosedError("the client was destroyed"));
        this.#connection?.retire();
    }

    async #send(command, { abortSignal, requestTimeout = this.config.requestTimeout }) {
        if (this.#isDestroyed) throw new UsageError("this client was destroyed");
        if (!(command instanceof GetMacieSessionCommand)) throw new UsageError("send takes a GetMacieSessionCommand");
        const params = parameters({ ...this.config, ...defined(command.input) });
        const timeout = milliseconds(requestTimeout);
        if (abortSignal?.aborted) throw abortError(abortSignal);
        return new Promise((resolve, reject) => this.#ask(params, timeout, abortSignal, resolve, reject));
    }

    #ask(params, timeout, abortSignal, resolve, reject) {
        const id = `${idPrefix}-${(lastId += 1)}`;
        const line = `${JSON.stringify({ jsonrpc: "2.0", id, method: "macie2.GetMacieSession", params })}\n`;
        const settle = (how, value) => {
            clearTimeout(timer);
            abortSignal?.removeEventListener("abort", abort);
            this.#pending.delete(giveUp);
            how(value);
        };
        const giveUp = (error) => {
            failed(error);
            request.connection.forget(request);
        };
        const lost = (error, mayRepeat) => {
            // All methods only read, so what a restarted broker never answered is asked once more, and only once.
            if (!mayRepeat || request.isRepeated) return failed(error);
            request.isRepeated = true;
            this.#submit(request);
        };
        const answered = (output) => settle(resolve, output);
        const failed = (error) => settle(reject, error);
        const request = { id, line, answered, failed, lost };
        const abort = () => giveUp(abortError(abortSignal));
        const timer = setTimeout(() => giveUp(new TimeoutError(`no answer within ${timeout / 1000} s`)), timeout);
        abortSignal?.addEventListener("abort", abort, { once: true });
        this.#pending.add(giveUp);
        this.#submit(request);
    }

    #submit(request) {
        try {
            request.connection = this.#usableConnection();
        } catch (error) {
            return request.failed(error);
        }
        request.connection.send(request);
    }

    /** The place is looked for until a broker has been found there; after that it is final. */
    #usableConnection() {
        if (this.#connection?.isUsable) return this.#connection;
        this.#wasFound ||= this.#connection?.isOpen ?? false;
        if (!this.#wasFound) this.#place = locate(this.config.socketPath);
        this.#connection = this.#place.path ? Connection.to(this.#place) : inheritedConnection(this.#place);
        return this.#connection;
    }
}

/** What the SDK rejects with when the caller's signal says stop. */
function abortError(signal) {
    const error = new Error("Request aborted", { cause: signal.reason });
    error.name = "AbortError";
    return error;
}

function defined(input) {
    if (typeof input !== "object" || input === null) throw new UsageError("the command's input must be an object");
    return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
}

/** Whether values are right where they stand is the broker's to say: its answer names the rule. */
function parameters({ profile, region, maxAgeSeconds }) {
    for (const [name, value] of Object.entries({ profile, region })) {
        if (value !== undefined && typeof value !== "string") throw new UsageError(`${name} must be a string`);
    }
    const isWrong = maxAgeSeconds !== undefined && !Number.isSafeInteger(maxAgeSeconds);
    if (isWrong) throw new UsageError("maxAgeSeconds must be an integer");
    return { profile, region, maxAgeSeconds };
}

function milliseconds(timeout) {
    if (typeof timeout === "number" && timeout > 0) return Math.min(timeout, longestTimeout);
    throw new UsageError("requestTimeout must be a number of milliseconds, more than 0");
}
