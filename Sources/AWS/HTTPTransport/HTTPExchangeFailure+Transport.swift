import AWSRuntime
import AsyncHTTPClient
import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

// The one place where an error of async-http-client, swift-nio or swift-nio-ssl becomes one of ours. Those errors are
// open sets, so each type ends in a text of its own; a text never comes from a value of the request:
// `invalidHeaderFieldValues` carries the values.
extension HTTPExchangeFailure {
    init(_ error: any Error, on route: ProxyRoute) {
        self =
            switch error {
            case let failure as HTTPExchangeFailure: failure
            case let error as HTTPClientError: Self.client(error, on: route)
            case let error as ResponseAccumulator.ResponseTooBigError: .responseTooLarge(limit: error.maxBodySize)
            case let error as HTTPParserError: Self.parser(error)
            case let error as NIOSSLError: Self.tls(error)
            case let error as NIOSSLExtraError: .tls(Self.reason(error))
            case let error as BoringSSLError: .tls(Self.reason(error))
            case let error as NIOConnectionError: Self.unreachable(Self.reason(error), on: route)
            case let error as SocketAddressError.UnknownHost: Self.unreachable(Self.reason(error), on: route)
            case let error as ChannelError: Self.channel(error, on: route)
            case let error as IOError: Self.io(error, on: route)
            default: .other("the exchange failed: \(type(of: error))")
            }
    }
}

extension HTTPExchangeFailure {
    private static func client(_ error: HTTPClientError, on route: ProxyRoute) -> HTTPExchangeFailure {
        switch error {
        case .connectTimeout, .getConnectionFromPoolTimeout, .tlsHandshakeTimeout: .connectTimedOut
        case .deadlineExceeded, .readTimeout, .writeTimeout: .attemptTimedOut
        case .remoteConnectionClosed, .uncleanShutdown: .connectionClosed
        case .proxyAuthenticationRequired: .proxy("\(name(of: route)) asks for a user name and password")
        case .httpProxyHandshakeTimeout: .proxy("\(name(of: route)) did not open a tunnel in time")
        case .invalidProxyResponse: .proxy("\(name(of: route)) refused to open a tunnel")
        case .alreadyShutdown, .cancelled: .other("the transport was shut down")
        default: .other(error.shortDescription)
        }
    }

    private static func parser(_ error: HTTPParserError) -> HTTPExchangeFailure {
        switch error {
        case .invalidEOFState, .closedConnection: .connectionClosed
        default: .other("the answer is not HTTP/1.1: \(error)")
        }
    }

    private static func tls(_ error: NIOSSLError) -> HTTPExchangeFailure {
        switch error {
        case .uncleanShutdown: .connectionClosed
        case .handshakeFailed(let error): .tls(reason(error))
        case .shutdownFailed(let error): .tls(reason(error))
        default: .tls("\(error)")
        }
    }

    private static func channel(_ error: ChannelError, on route: ProxyRoute) -> HTTPExchangeFailure {
        switch error {
        case .connectTimeout: .connectTimedOut
        case .eof, .alreadyClosed, .ioOnClosedChannel, .inputClosed, .outputClosed: .connectionClosed
        default: .other("\(error)")
        }
    }

    /// ECONNRESET and EPIPE come from a connection that was up; every other from one that never was.
    private static func io(_ error: IOError, on route: ProxyRoute) -> HTTPExchangeFailure {
        switch error.errnoCode {
        case ECONNRESET, EPIPE: .connectionClosed
        default: unreachable(text(error), on: route)
        }
    }

    private static func unreachable(_ reason: String, on route: ProxyRoute) -> HTTPExchangeFailure {
        switch route {
        case .direct: .cannotConnect(reason)
        case .tunnel: .proxy("\(name(of: route)) cannot be reached: \(reason)")
        }
    }

    private static func name(of route: ProxyRoute) -> String {
        switch route {
        case .direct: "the proxy"
        case .tunnel(let address): "the proxy \(address)"
        }
    }
}

extension HTTPExchangeFailure {
    private static func reason(_ error: NIOConnectionError) -> String {
        let failures = error.connectionErrors.map { ($0.error as? IOError).map(text) ?? "\($0.error)" }
        guard failures.isEmpty else { return "\(error.host):\(error.port): \(failures.joined(separator: ", "))" }
        guard let unknown = (error.dnsAError ?? error.dnsAAAAError) as? SocketAddressError.UnknownHost else {
            return "\(error.host):\(error.port) has no address"
        }
        return reason(unknown)
    }

    /// The system's own words; NIO's repeat themselves.
    private static func text(_ error: IOError) -> String {
        // SAFETY: strerror(3) answers a valid C string for every number; it is copied at once.
        unsafe strerror(error.errnoCode).map { unsafe String(cString: $0) } ?? "error \(error.errnoCode)"
    }

    private static func reason(_ error: SocketAddressError.UnknownHost) -> String {
        "the name \(error.host) was not resolved: \(error.errorDescription)"
    }

    private static func reason(_ error: NIOSSLExtraError) -> String {
        error == .failedToValidateHostname ? "the certificate is for another host name" : "\(error)"
    }

    /// BoringSSL's own word for it, such as CERTIFICATE_VERIFY_FAILED, without its source file and line.
    private static func reason(_ error: BoringSSLError) -> String {
        switch error {
        case .sslError(let stack), .unknownError(let stack), .invalidSNIName(let stack), .failedToSetALPN(let stack):
            stack.map(word).joined(separator: ", ")
        case .noError, .zeroReturn, .wantRead, .wantWrite, .wantConnect, .wantAccept, .wantX509Lookup,
            .wantCertificateVerify, .syscallError:
            "\(error)"
        }
    }

    private static func word(_ error: BoringSSLInternalError) -> String {
        if error == .eofDuringHandshake { return "the connection was closed during the handshake" }
        let word = error.description.split(separator: " ").first { $0.contains("OPENSSL_internal:") }
        return word?.split(separator: ":").last.map(String.init) ?? "handshake failed"
    }
}
