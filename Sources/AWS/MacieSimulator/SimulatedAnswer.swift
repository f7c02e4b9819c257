import JSONText

/// What is to be sent, and how: decided here, carried out by SimulatorHandler.
struct SimulatedAnswer: Sendable {
    enum Framing: Sendable {
        case honest
        /// Content-Length promises this many bytes more than come, and the connection ends.
        case promisingMore(Int)
    }

    var status: Int
    /// Without Date, x-amzn-RequestId and framing, which every answer gets.
    var headers: [(name: String, value: String)] = [("Content-Type", "application/json")]
    var body: [UInt8]
    var framing = Framing.honest
    /// Not sent before this much time has passed.
    var delay = Duration.zero

    init(status: Int, body: [UInt8]) {
        self.status = status
        self.body = body
    }

    init(_ value: JSONValue, status: Int = 200) {
        self.init(status: status, body: Array(value.text.utf8))
    }

    /// AWS's rest-json shape: the code in a header, the message in the body.
    init(errorType code: String, message: String, status: Int) {
        self.init(["message": .string(message)], status: status)
        headers.append(("x-amzn-ErrorType", code))
    }
}
