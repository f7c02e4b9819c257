internal import JSONText

/// A client's side of the conversation: its connection while it is good, and the ids it gives out. One request a time.
struct Exchange: ~Copyable {
    private var connection: BrokerConnection?
    /// An inherited connection may still carry answers to its former user's requests: ids start at a random place, so
    /// that none of them is taken for an answer to ours. The protocol ends ids at 2⁵³ − 1.
    private var lastID = Int64.random(in: 0..<(1 << 52))

    /// Sends one request and waits for its answer; replies to other ids are passed over.
    mutating func result(
        of method: String, _ parameters: RequestParameters, from address: BrokerAddress, within seconds: Double
    ) throws(ClientFailure) -> JSONValue {
        let deadline = Deadline(secondsFromNow: seconds)
        var connection = try goodConnection(to: address, by: deadline, allowing: seconds)
        lastID += 1
        let outcome: Reply.Outcome
        do throws(ClientFailure) {
            try Self.send(lastID, method, parameters, on: &connection, by: deadline)
            outcome = try Self.outcome(of: lastID, on: &connection, by: deadline)
        } catch {
            // A connection of ours is closed here; the inherited one is the only one there is.
            if case .descriptor = address { self.connection = consume connection }
            throw error
        }
        self.connection = consume connection
        switch outcome {
        case .result(let result): return result
        case .error(let error): throw .answered(error)
        }
    }

    /// The connection kept from the last request, unless the broker has said farewell on it since; else a new one.
    private mutating func goodConnection(
        to address: BrokerAddress, by deadline: Deadline, allowing seconds: Double
    ) throws(ClientFailure) -> BrokerConnection {
        if let kept = connection.take() {
            if case .descriptor = address { return kept }
            if !kept.hasNews { return kept }
        }
        return try BrokerConnection(to: address, by: deadline, allowing: seconds)
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
