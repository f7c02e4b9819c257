// The shape of @aws-sdk/client-macie2, and what a broker adds to it.

export interface ResponseMetadata {
    httpStatusCode?: number;
    /** AWS's id of the request. */
    requestId?: string;
    /** HTTP requests that the broker made for this answer. For an error it does not tell. */
    attempts?: number;
    /** Always 0: this client never waits before it asks again. */
    totalRetryDelay?: number;
}

export interface GetMacieSessionCommandInput {
    profile?: string;
    region?: string;
    /** The oldest answer that will do; 0 has AWS asked. */
    maxAgeSeconds?: number;
}

/** What AWS left out is absent. */
export interface GetMacieSessionCommandOutput {
    createdAt?: Date;
    findingPublishingFrequency?: "FIFTEEN_MINUTES" | "ONE_HOUR" | "SIX_HOURS" | (string & {});
    serviceRole?: string;
    status?: "ENABLED" | "PAUSED" | (string & {});
    updatedAt?: Date;
    $metadata: ResponseMetadata;
    $provenance: Provenance;
}

/** Where an answer comes from. */
export interface Provenance {
    profile: string;
    region: string;
    requestId?: string;
    fetchedAt: Date;
    ageSeconds: number;
    cached: boolean;
    attempts: number;
}

export declare class GetMacieSessionCommand {
    constructor(input?: GetMacieSessionCommandInput);
    readonly input: GetMacieSessionCommandInput;
}

export interface Macie2ClientConfig extends GetMacieSessionCommandInput {
    /** Left out: MACIE_BROKER_FD, MACIE_BROKER_SOCKET, the user's own broker, the host's. */
    socketPath?: string;
    /** For the whole of a call, in milliseconds: 35000 unless given, a day at most. */
    requestTimeout?: number;
}

/** What an AbortSignal has, so that neither lib.dom nor @types/node is needed. */
export interface AbortSignalLike {
    readonly aborted: boolean;
    readonly reason?: any;
    addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
    removeEventListener(type: "abort", listener: () => void): void;
}

export interface SendOptions {
    abortSignal?: AbortSignalLike;
    requestTimeout?: number;
}

type Callback = (error: any, output?: GetMacieSessionCommandOutput) => void;

export declare class Macie2Client {
    constructor(config?: Macie2ClientConfig);
    readonly config: Readonly<Macie2ClientConfig>;
    send(command: GetMacieSessionCommand, options?: SendOptions): Promise<GetMacieSessionCommandOutput>;
    send(command: GetMacieSessionCommand, callback: Callback): void;
    send(command: GetMacieSessionCommand, options: SendOptions, callback: Callback): void;
    /** Closes the connection; what is under way fails. An inherited descriptor stays open. */
    destroy(): void;
}

interface Failure {
    readonly $metadata: ResponseMetadata;
    readonly code?: number;
    readonly retryable?: boolean;
    readonly retryAfterSeconds?: number;
    /** The message as it came: without the remedy, its control characters not made harmless. */
    readonly reason: string;
    /** What to do next, for people. */
    readonly remedy?: string;
}

/** AWS's errors are instances of this class; a code that AWS does not document has no class of its own. */
export interface Macie2ServiceException extends Failure {}
export declare class Macie2ServiceException extends Error {
    constructor(options: { message: string; name?: string; $fault?: string; $metadata?: ResponseMetadata });
    readonly $fault: "client" | "server";
    readonly $service: "Macie2";
    readonly $retryable?: { readonly throttling: boolean };
}
export declare class AccessDeniedException extends Macie2ServiceException {}
export declare class ConflictException extends Macie2ServiceException {}
export declare class InternalServerException extends Macie2ServiceException {}
export declare class ResourceNotFoundException extends Macie2ServiceException {}
export declare class ServiceQuotaExceededException extends Macie2ServiceException {}
export declare class ThrottlingException extends Macie2ServiceException {}
export declare class ValidationException extends Macie2ServiceException {}

/** The broker refused or failed, or there is none; the message ends with the remedy. */
export interface BrokerError extends Failure {}
export declare class BrokerError extends Error {
    protected constructor();
    /** The protocol's name for it, such as "PermissionDenied"; or "no-broker", "timeout", "closed", "protocol". */
    readonly type: string;
}
export declare class NoBrokerError extends BrokerError {}
export declare class TimeoutError extends BrokerError {}
export declare class ConnectionClosedError extends BrokerError {}
export declare class ProtocolError extends BrokerError {}
export declare class UsageError extends TypeError {}
