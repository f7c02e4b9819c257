import BrokerWire

/// Reads one request line given as text.
func parse(_ line: String, at door: Door = .people) throws(RequestRefusal) -> Request {
    try parse(bytes: Array(line.utf8), at: door)
}

func parse(bytes: [UInt8], at door: Door = .people) throws(RequestRefusal) -> Request {
    try RequestParser.parse(bytes.span, at: door)
}

/// Why a line is refused; nil when it is a request.
func refusal(of line: String, at door: Door = .people) -> RequestRefusal? {
    refusal(ofBytes: Array(line.utf8), at: door)
}

func refusal(ofBytes bytes: [UInt8], at door: Door = .people) -> RequestRefusal? {
    do {
        _ = try parse(bytes: bytes, at: door)
        return nil
    } catch {
        return error
    }
}

/// What a writer appended, as text.
func written(_ write: (inout [UInt8]) -> Void) -> String {
    var out: [UInt8] = []
    write(&out)
    return String(decoding: out, as: UTF8.self)
}

extension RequestRefusal {
    /// The reason without its detail, by the name of the error that the client hears.
    var type: BrokerErrorType {
        switch reason {
        case .notJSON: .parseError
        case .invalidRequest: .invalidRequest
        case .methodNotFound: .methodNotFound
        case .invalidParameter: .invalidParams
        }
    }
}

extension Method {
    /// Parameters that the method takes, no more than it requires.
    var leastParameters: String {
        switch self {
        case .explain: #"{"action":"macie2:GetMacieSession"}"#
        case .adminExplain: #"{"action":"macie2:GetMacieSession","user":"root"}"#
        case .lock, .unlock: #"{"passphrase":"sesame"}"#
        case .setLogLevel: #"{"level":"info"}"#
        case .addCredentials: #"{"profile":"p","accessKeyId":"AK","secretAccessKey":"s"}"#
        case .removeCredentials: #"{"profile":"p"}"#
        case .getMacieSession, .whoAmI, .status, .reload, .adminStatus, .metrics, .dropCache, .discover,
            .listCredentials, .dropCredentials:
            "{}"
        }
    }
}
