import JSONText
import Testing

/// However many ask the same, AWS is asked once.
@Suite struct SingleFlightTests {
    private let workplace: Workplace
    private let simulator: Simulator
    private let broker: BrokerProcess

    init() throws {
        workplace = try Workplace()
        simulator = try Simulator(in: workplace)
        broker = try BrokerProcess.start(configuration: simulator.configuration(in: workplace), in: workplace)
    }

    private func request(_ id: Int, maxAge: Int? = nil) -> String {
        let params = maxAge.map { #","params":{"maxAgeSeconds":\#($0)}"# } ?? ""
        return #"{"jsonrpc":"2.0","id":\#(id),"method":"macie2.GetMacieSession"\#(params)}"#
    }

    private func line(_ id: Int, maxAge: Int? = nil) -> String { request(id, maxAge: maxAge) + "\n" }

    private func upstreamInFlight() throws -> Int64? {
        try broker.ask(["status", "--output", "json"]).json["upstream"]?["inFlight"]?.integer
    }

    @Test func `a thousand identical misses at the same time are one call to AWS`() throws {
        try simulator.behave(#"{"kind":"slow","milliseconds":1500}"#)
        let connections = try (0..<40).map { _ in try RawConnection(broker.socketPath) }
        for connection in connections { try connection.send((0..<25).map { line($0) }.joined()) }
        var sessions: [JSONValue] = []
        for connection in connections {
            var ids: Set<Int64> = []
            for _ in 0..<25 {
                let reply = connection.readReply()
                if let id = reply["id"]?.integer { ids.insert(id) }
                if let session = reply["result"]?["session"] { sessions.append(session) }
            }
            #expect(ids == Set(0..<25))
        }
        #expect(sessions.count == 1_000)
        #expect(sessions.allSatisfy { $0 == sessions.first })
        #expect(try simulator.calls() == (1, 0))
    }

    @Test func `requests that want it fresh share a flight, too`() throws {
        try simulator.behave(#"{"kind":"slow","milliseconds":300}"#)
        let connection = try RawConnection(broker.socketPath)
        try connection.send((0..<32).map { line($0, maxAge: 0) }.joined())
        for _ in 0..<32 { #expect(connection.readReply()["result"]?["provenance"]?["cached"] == false) }
        #expect(try simulator.calls() == (1, 0))
    }

    @Test func `a waiter that leaves does not end the flight for the others`() throws {
        try simulator.behave(#"{"kind":"slow","milliseconds":800}"#)
        let leaving = try RawConnection(broker.socketPath)
        let staying = try RawConnection(broker.socketPath)
        try leaving.send(line(1))
        #expect(try Waiting.until(seconds: 20) { try simulator.calls().calls == 1 })
        try staying.send(line(2))
        leaving.close()
        #expect(staying.readReply()["result"]?["session"]?["status"] == "ENABLED")
        #expect(try simulator.calls() == (1, 0))
    }

    @Test func `a flight that everybody has left still brings its answer home`() throws {
        try simulator.behave(#"{"kind":"slow","milliseconds":300}"#)
        let leaving = try RawConnection(broker.socketPath)
        try leaving.send(line(1))
        #expect(try Waiting.until(seconds: 20) { try simulator.calls().calls == 1 })
        leaving.close()
        #expect(try Waiting.until(seconds: 20) { try upstreamInFlight() == 0 })
        #expect(try broker.ask(["session", "--output", "json"]).json["provenance"]?["cached"] == true)
        #expect(try simulator.calls() == (1, 0))
    }

    @Test func `a failure is told to each who waited for it, once, and never kept`() throws {
        try simulator.behave(#"{"kind":"fail","exception":"AccessDeniedException","times":1}"#)
        let connection = try RawConnection(broker.socketPath)
        try connection.send((0..<20).map { line($0) }.joined())
        for _ in 0..<20 { #expect(connection.readReply()["error"]?["data"]?["type"] == "AccessDeniedException") }
        #expect(try simulator.calls() == (1, 0))
        let after = try connection.ask(request(20))
        #expect(after["result"]?["provenance"]?["cached"] == false)
        #expect(try simulator.calls() == (2, 0))
    }
}
