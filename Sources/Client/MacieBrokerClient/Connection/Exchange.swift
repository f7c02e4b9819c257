internal import JSONText

/// A client's side of the conversation: its connection while it is good, and the ids it gives out. One request a time.
struct Exchange: ~Copyable {
    private var connection: BrokerConnection?
    /// An inherited connection may still carry answers to its former user's requests: ids start at a random place, so
    /// that none of them is taken for an answer to ours. The protocol ends ids at 2⁵³ − 1.
    private var lastID = Int64.random(in: 0..<(1 << 52))
    /// Whether the connection that failed last had brought a part of the answer.
    private var hasBegunAnswer = false

    /// Sends one request and waits for its answer; replies to other ids are passed over.
    ///
    /// A kept connection on which the broker hangs up before a byte of the answer has come, as one that is restarted does,
    /// is replaced, and the request repeated: once, and only if `isRepeatable`.
    mutating func result(
        of method: String, _ parameters: RequestParameters, from address: BrokerAddress, within seconds: Double,
        isRepeatable: Bool
    ) throws(ClientFailure) -> JSONValue {
        let deadline = Deadline(secondsFromNow: seconds)
        lastID += 1
        if let kept = goodConnection(to: address) {
            do throws(ClientFailure) { return try ask(method, parameters, on: kept, at: address, by: deadline) } catch {
                guard isRepeatable, error == .connectionClosed, !hasBegunAnswer, address.isPath else { throw error }
            }
        }
        let connection = try BrokerConnection(to: address, by: deadline, allowing: seconds)
        return try ask(method, parameters, on: connection, at: address, by: deadline)
    }

    /// Closes the connection, if there is one.
    mutating func disconnect() { connection = nil }

    private mutating func ask(
        _ method: String, _ parameters: RequestParameters, on fresh: consuming BrokerConnection,
        at address: BrokerAddress, by deadline: Deadline
    ) throws(ClientFailure) -> JSONValue {
        var connection = fresh
        let outcome: Reply.Outcome
        do throws(ClientFailure) {
            try Self.send(lastID, method, parameters, on: &connection, by: deadline)
            outcome = try Self.outcome(of: lastID, on: &connection, by: deadline)
        } catch {
            hasBegunAnswer = connection.hasPartOfALine
            // A connection of ours is closed here; the inherited one is the only one there is.
            if !address.isPath { self.connection = consume connection }
            throw error
        }
        self.connection = consume connection
        switch outcome {
        case .result(let result): return result
        case .error(let error): throw .answered(error)
        }
    }

    /// The connection kept from the last request, unless the broker has said farewell on it since.
    private mutating func goodConnection(to address: BrokerAddress) -> BrokerConnection? {
        guard let kept = connection.take() else { return nil }
        if address.isPath, kept.hasNews { return nil }
        return kept
    }

    private static func outcome(
        of id: Int64, on connection: inout BrokerConnection, by deadline: Deadline
    ) throws(ClientFailure) -> Reply.Outcome {
        while true {
            let reply = try Reply(parsing: try connection.receive(by: deadline))
            if let replyID = reply.id {
                if replyID.integer == id { return reply.outcome }
            } else if case .error(let error) = reply.outcome {
                throw .answered(error)
            } else {
                throw .protocolViolation("a result for nobody")
            }
        }
    }

    /// The line is wiped: it may hold a passphrase or a key.
    private static func send(
        _ id: Int64, _ method: String, _ parameters: RequestParameters, on connection: inout BrokerConnection,
        by deadline: Deadline
    ) throws(ClientFailure) {
        var line = line(id, method, parameters)
        defer { line.wipe() }
        try connection.send(line, by: deadline)
    }

    private static func line(_ id: Int64, _ method: String, _ parameters: RequestParameters) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(256 + 6 * method.utf8.count + parameters.room)
        JSONText.append("{\"jsonrpc\":\"2.0\",\"id\":", to: &line)
        JSONText.append(id, to: &line)
        JSONText.append(",\"method\":", to: &line)
        JSONText.appendQuoted(method, to: &line)
        parameters.write(to: &line)
        JSONText.append("}\n", to: &line)
        return line
    }
}
