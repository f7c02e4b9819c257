// One connection: request lines out, reply lines in, each reply to the request with its id.
import net from "node:net";
import { ConnectionClosedError, ProtocolError, TimeoutError } from "./errors.js";
import { badDescriptor, cannotConnect } from "./place.js";
import { failureOf, outputOf, parseReply } from "./reply.js";

const replyLineBytes = 1_048_576; // the longest reply line, its LF not counted: PROTOCOL.md, 3
const requestsInFlight = 32; // what the broker lets one connection have waiting: PROTOCOL.md, 8
const connectMilliseconds = 5_000; // for how long a full backlog is tried again: PROTOCOL.md, 8
const readBytes = 65_536;
const lineFeed = 10;

const closed = (cause) => new ConnectionClosedError(undefined, cause);

/** A socket whose writes never fail: what the other side said before it hung up is still to be read. */
class PatientSocket extends net.Socket {
    _write(chunk, encoding, done) {
        super._write(chunk, encoding, () => done());
    }
    _writev(chunks, done) {
        super._writev(chunks, () => done());
    }
}

/**
 * What is sent here is `{ id, line, answered, failed, lost }`: of the three functions one is called, once. `lost` is
 * told whether nothing at all came back on a connection that had been kept, so that the request can be made again.
 */
export class Connection {
    /** Whether further requests may be sent here. */
    isUsable = true;
    /** Whether it has been connected. */
    isOpen = false;
    #isOver;
    #isInherited = false;
    #socket;
    #waiting = [];
    #inFlight = new Map();
    #pieces = [];
    #pieceBytes = 0;
    #received = 0;
    #farewell;

    /** Connects to a path. A full backlog is tried again, for as long as somebody waits. */
    static to(place) {
        const connection = new Connection();
        connection.#connect(place, performance.now() + connectMilliseconds);
        return connection;
    }

    /**
     * Uses a descriptor that is connected already, and never closes it. libuv makes it non-blocking. That concerns all
     * who share the socket: if it `blocks`, the flag is taken back at once. libuv still reads only when epoll says so.
     */
    static inherited(place, blocks) {
        const connection = new Connection();
        connection.#isInherited = true;
        const options = { fd: place.descriptor, readable: true, writable: true };
        const socket = new PatientSocket({ ...options, ...connection.#reading() });
        if (blocks) socket._handle.setBlocking(true);
        socket.on("error", (error) => {
            const isNone = ["EINVAL", "ENOTCONN"].includes(error.code);
            connection.#finish(isNone ? badDescriptor(place, undefined, error) : closed(error));
        });
        socket.resume();
        connection.#adopt(socket);
        return connection;
    }

    send(request) {
        if (this.#isOver) return request.lost(this.#isOver, false);
        request.wasKept = this.#received > 0 && !this.#isInherited;
        this.#waiting.push(request);
        this.#pump();
    }

    /** Nobody waits for this request any longer. Its reply may still come, so nothing more is sent here. */
    forget(request) {
        this.#inFlight.delete(request.id);
        this.#waiting = this.#waiting.filter((other) => other !== request);
        this.retire();
    }

    /** Sends nothing more, and closes when all is answered. The inherited one goes on: it is the only one there is. */
    retire() {
        this.isUsable = this.#isInherited;
        this.#pump();
    }

    #connect(place, giveUpAt) {
        const socket = new PatientSocket(this.#reading());
        socket.once("connect", () => this.#adopt(socket));
        socket.on("error", (error) => {
            if (this.isOpen) return this.#finish(closed(error));
            if (error.code !== "EAGAIN") return this.#finish(cannotConnect(place, error));
            if (performance.now() > giveUpAt) return this.#finish(new TimeoutError(`${place.path} is too busy`));
            setTimeout(() => this.#isOver || this.#connect(place, giveUpAt), 5 + 15 * Math.random());
        });
        socket.connect({ path: place.path });
        this.#socket = socket;
    }

    #reading() {
        const buffer = Buffer.allocUnsafe(readBytes);
        const callback = (count) => {
            this.#take(buffer.subarray(0, count));
            if (!this.#isInherited || count < readBytes) return true;
            // libuv would read again at once, and a blocking socket that has no more would hold up the process.
            setImmediate(() => this.#socket.resume());
            return false;
        };
        return { allowHalfOpen: true, onread: { buffer, callback } };
    }

    #adopt(socket) {
        this.#socket = socket;
        this.isOpen = true;
        for (const event of ["end", "close"]) socket.on(event, () => this.#finish(closed()));
        this.#pump();
    }

    /** Sends what may be sent. An idle connection keeps no process alive. */
    #pump() {
        while (this.isOpen && this.#waiting.length > 0 && this.#inFlight.size < requestsInFlight) {
            const request = this.#waiting.shift();
            request.receivedBefore = this.#received;
            this.#inFlight.set(request.id, request);
            this.#socket.write(request.line);
        }
        const isIdle = this.#inFlight.size + this.#waiting.length === 0;
        if (isIdle && !this.isUsable) return this.#finish(closed());
        if (isIdle) this.#socket.unref();
        else this.#socket.ref();
    }

    #take(bytes) {
        this.#received += bytes.length;
        let start = 0;
        for (let end; !this.#isOver && (end = bytes.indexOf(lineFeed, start)) !== -1; start = end + 1) {
            this.#keep(bytes.subarray(start, end));
            if (this.#isOver) return;
            const line = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
            this.#pieces = [];
            this.#pieceBytes = 0;
            this.#answer(line);
        }
        // The rest is copied: the next read comes to the same buffer.
        if (!this.#isOver && start < bytes.length) this.#keep(Buffer.from(bytes.subarray(start)));
    }

    #keep(piece) {
        this.#pieceBytes += piece.length;
        if (this.#pieceBytes <= replyLineBytes) this.#pieces.push(piece);
        else this.#finish(new ProtocolError(`a line of more than ${replyLineBytes} bytes`));
    }

    #answer(line) {
        let request;
        try {
            const reply = parseReply(line);
            if (reply.id === null) return this.#nobodys(failureOf(reply));
            request = this.#inFlight.get(reply.id);
            if (request === undefined) return;
            this.#inFlight.delete(reply.id);
            if (reply.error === undefined) request.answered(outputOf(reply));
            else request.failed(failureOf(reply));
            this.#pump();
        } catch (error) {
            // One that is wrong inside is its own caller's alone; a line that is no reply leaves nothing to trust.
            if (request === undefined) return this.#finish(error);
            request.failed(error);
            this.retire();
        }
    }

    /** An error with no id: the answer to the only request, or a farewell. */
    #nobodys(error) {
        const requests = [...this.#inFlight.values()];
        // The broker and an idle client spoke at the same time: it has seen nothing of what the client sent.
        const wereKept = requests.length > 0 && requests.every((request) => request.wasKept);
        if (wereKept && error.type === "IdleTimeout") {
            for (const request of requests) request.receivedBefore = this.#received;
            return this.#finish(closed());
        }
        if (requests.length === 1) {
            this.#inFlight.clear();
            requests[0].failed(error);
        } else this.#farewell = error;
        this.retire();
    }

    #finish(error) {
        if (this.#isOver) return;
        this.#isOver = this.#farewell ?? error;
        this.isUsable = this.#isInherited;
        const lost = [...this.#inFlight.values(), ...this.#waiting];
        this.#inFlight.clear();
        this.#waiting = [];
        if (this.#isInherited) this.#socket.unref();
        else this.#socket.destroy();
        for (const request of lost) {
            const isUntouched = request.receivedBefore === this.#received && error instanceof ConnectionClosedError;
            request.lost(this.#isOver, request.wasKept && isUntouched);
        }
    }
}
