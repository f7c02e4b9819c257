// AWS's errors, shaped as those of @aws-sdk/client-macie2; and a family of their own for all that is not AWS's.

const unsafe = /(?![\n\t])[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu;

/** Control characters, and those that turn the direction of text, as escapes: Node prints name and message raw. */
const harmless = (text) => text.replace(unsafe, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);

/** Sets what is defined, so that an absent member is not there as undefined. */
function assign(error, members) {
    for (const [name, value] of Object.entries(members)) if (value !== undefined) error[name] = value;
}

/** An error that AWS answered with. A code that AWS does not document is an instance of this class, with that name. */
export class Macie2ServiceException extends Error {
    constructor({ name = new.target.name, message, $fault, $metadata = {}, ...rest }) {
        super(harmless(message));
        const { code, retryable, retryAfterSeconds, remedy } = rest;
        this.name = harmless(name);
        this.$fault = $fault ?? (name === "InternalServerException" ? "server" : "client");
        assign(this, { $service: "Macie2", $metadata, code, retryable, retryAfterSeconds, reason: message, remedy });
        if (retryable) this.$retryable = { throttling: name === "ThrottlingException" };
    }
}

export class AccessDeniedException extends Macie2ServiceException {}
export class ConflictException extends Macie2ServiceException {}
export class InternalServerException extends Macie2ServiceException {}
export class ResourceNotFoundException extends Macie2ServiceException {}
export class ServiceQuotaExceededException extends Macie2ServiceException {}
export class ThrottlingException extends Macie2ServiceException {}
export class ValidationException extends Macie2ServiceException {}

/** The broker refused or failed, or there is none. `type` says why; the message ends with what to do about it. */
export class BrokerError extends Error {
    constructor({ type, message, remedy, cause, retryable = false, $metadata = {}, code, retryAfterSeconds }) {
        super(harmless(remedy ? `${message}; ${remedy}` : message), cause && { cause });
        this.name = new.target === BrokerError ? harmless(type) : new.target.name;
        assign(this, { type, $metadata, code, retryable, retryAfterSeconds, reason: message, remedy });
    }
}

/** There is no broker to be reached. */
export class NoBrokerError extends BrokerError {
    constructor(message, remedy, cause) {
        super({ type: "no-broker", message, remedy, cause });
    }
}

/** No answer within the client's own time. The SDK's has this name, too. */
export class TimeoutError extends BrokerError {
    constructor(message) {
        const remedy = "ask again, allow it more time, or see whether `macie-broker status` is answered";
        super({ type: "timeout", message, remedy, retryable: true });
    }
}

/** The broker hung up before its answer was complete. */
export class ConnectionClosedError extends BrokerError {
    constructor(message = "the broker closed the connection before it answered", cause = undefined) {
        const remedy = "ask again, it may have been restarted; if it happens again, its log says why";
        super({ type: "closed", message, remedy, cause, retryable: true });
    }
}

/** What came is not the broker's protocol. The message quotes nothing of it. */
export class ProtocolError extends BrokerError {
    constructor(what) {
        const remedy = "check that the socket is macie-broker's, and of this protocol's version";
        super({ type: "protocol", message: `this does not speak the broker's protocol: ${what}`, remedy });
    }
}

/** The caller's arguments are wrong. */
export class UsageError extends TypeError {
    name = "UsageError";
}
