/// Why a call has no result. Every way to fail is one of these.
public enum ClientFailure: Error, Sendable, Hashable {
    /// The broker answered, with an error of its own or AWS's.
    case answered(BrokerError)
    /// There is no broker to be reached at `place`, a path or `MACIE_BROKER_FD=…`.
    case noBroker(at: String, NoBrokerReason)
    /// No answer within the client's time, in seconds. The request may still be under way.
    case timedOut(afterSeconds: Double)
    /// The broker hung up before its answer was complete.
    case connectionClosed
    /// What came back is not the broker's protocol. The text says what is wrong with it and quotes nothing of it.
    case protocolViolation(String)
    /// The parameters handed to `call` are not a JSON object. The text says why and quotes nothing of them.
    case badParameters(String)
}

/// Why there is no broker at a place.
public enum NoBrokerReason: Sendable, Hashable {
    /// No such file.
    case nothingThere
    /// A socket, but nobody listens: left over from a broker that is gone.
    case nobodyListens
    /// The socket's mode, or that of a directory on the way, keeps this user out.
    case notPermitted
    /// Longer than the 107 bytes of sockaddr_un, unix(7); or empty, or with a NUL in it.
    case badPath
    /// MACIE_BROKER_FD does not name an open descriptor that is a connected stream socket.
    case badDescriptor
    /// The process may not open Unix sockets at all, as in some sandboxes.
    case socketsForbidden
    /// Any other errno(3) of socket(2) or connect(2).
    case system(errno: Int32)
}

extension ClientFailure: CustomStringConvertible {
    /// What happened, on one line.
    public var description: String {
        switch self {
        case .answered(let error): error.description
        case .noBroker(let place, let reason): "no broker at \(place): \(reason)"
        case .timedOut(let seconds): "no answer within \(RelativeTime.spelled(seconds: seconds))"
        case .connectionClosed: "the broker closed the connection before it answered"
        case .protocolViolation(let what): "this does not speak the broker's protocol: \(what)"
        case .badParameters(let what): "the parameters are not a JSON object: \(what)"
        }
    }

    /// What to do about it, or nil when there is nothing better than to read the description.
    public var remedy: String? {
        switch self {
        case .answered(let error): error.remedy
        case .noBroker(_, let reason): reason.remedy
        case .timedOut: "Try again, allow it more time, or see whether `macie-broker status` is answered."
        case .connectionClosed: "Try again: it may have been restarted. If it happens again, its log says why."
        case .protocolViolation: "Check that the socket is macie-broker's, and of the same version as this client."
        case .badParameters: "Give parameters by name, such as '{\"profile\":\"default\"}'."
        }
    }
}

extension NoBrokerReason: CustomStringConvertible {
    public var description: String {
        switch self {
        case .nothingThere: "there is no such socket"
        case .nobodyListens: "nobody listens on this socket"
        case .notPermitted: "permission denied"
        case .badPath: "a socket path has 1 to 107 bytes and no NUL"
        case .badDescriptor: "not an open, connected Unix stream socket"
        case .socketsForbidden: "this process may not open Unix sockets"
        case .system(let errno): "system error \(errno)"
        }
    }

    /// What to do about it.
    public var remedy: String {
        switch self {
        case .nothingThere, .nobodyListens, .system:
            "Start one with `macie-brokerd`, or say where one listens: MACIE_BROKER_SOCKET=PATH, or --socket PATH."
        case .notPermitted:
            "Ask whoever runs the broker to open its socket to you (mode and group), or start your own with `macie-brokerd`."
        case .badPath: "Name a shorter path, with MACIE_BROKER_SOCKET=PATH or --socket PATH."
        case .badDescriptor:
            "Unset MACIE_BROKER_FD, or set it to the number of an inherited socket that is connected to the broker."
        case .socketsForbidden: "Have the parent process connect, and inherit the socket: MACIE_BROKER_FD=NUMBER."
        }
    }
}
