package import JSONText

/// One reply line, parsed: JSON-RPC 2.0's response object.
package struct Reply: Sendable {
    /// Whose answer it is; nil when it is nobody's: an error that ends the connection.
    package let id: JSONValue?
    package let outcome: Outcome

    package enum Outcome: Sendable {
        case result(JSONValue)
        case error(BrokerError)
    }

    /// Parses `line`, strictly: what two parsers could read differently is not read at all.
    package init(parsing line: [UInt8]) throws(ClientFailure) {
        let value: JSONValue
        do throws(JSONFailure) { value = try JSONValue(parsing: line) } catch {
            throw .protocolViolation("the reply is not JSON: \(error)")
        }
        guard case .object(let members) = value else { throw .protocolViolation("the reply is not a JSON object") }
        guard members["jsonrpc"]?.string == "2.0" else { throw .protocolViolation("the reply is not JSON-RPC 2.0") }
        guard let id = members["id"] else { throw .protocolViolation("the reply has no id") }
        self.id = id.isNull ? .none : id
        switch (members["result"], members["error"]) {
        case (let result?, nil): outcome = .result(result)
        case (nil, let error?): outcome = .error(try BrokerError(try ResultObject(error, at: "error")))
        default: throw .protocolViolation("the reply has not exactly one of result and error")
        }
    }
}
