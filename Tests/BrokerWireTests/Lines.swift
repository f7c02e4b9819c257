import BrokerWire

/// Reads one request line given as text.
func parse(_ line: String) throws(RequestRefusal) -> Request { try parse(bytes: Array(line.utf8)) }

func parse(bytes: [UInt8]) throws(RequestRefusal) -> Request { try RequestParser.parse(bytes.span) }

/// Why a line is refused; nil when it is a request.
func refusal(of line: String) -> RequestRefusal? { refusal(ofBytes: Array(line.utf8)) }

func refusal(ofBytes bytes: [UInt8]) -> RequestRefusal? {
    do {
        _ = try parse(bytes: bytes)
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
