import Foundation
import JSONText
import Testing

/// Two doors: what is behind the one is not behind the other.
@Suite struct AdminDoorTests {
    @Test func `at the public socket there is nothing of the administrator's`() throws {
        let fixture = try ServerFixture()
        let connection = try fixture.connect()
        for line in AdminLine.all {
            let reply = try connection.ask(line)
            #expect(reply["error"]?["code"] == -32_601, "\(line): \(reply.text)")
            #expect(reply["id"] == 1)
        }
        #expect(try fixture.status()["locked"] == false)
        let methods = try connection.ask(RequestLine.discover(2))["result"]?["methods"]?.array ?? []
        #expect(!methods.isEmpty && !methods.contains { $0["name"]?.string?.hasPrefix("admin.") ?? true })
    }

    @Test func `at the administrator's there is nothing of the public one's, but rpc_discover`() throws {
        let fixture = try ServerFixture()
        let connection = try fixture.broker.connectAdmin()
        let explain = #"{"jsonrpc":"2.0","id":0,"method":"broker.Explain","params":{"action":"a:B"}}"#
        for line in [RequestLine.session(0), RequestLine.whoAmI(0), RequestLine.status, explain] {
            #expect(try connection.ask(line)["error"]?["code"] == -32_601)
        }
        let methods = try connection.ask(RequestLine.discover(2))["result"]?["methods"]?.array ?? []
        let own = methods.compactMap { $0["name"]?.string }.filter { $0 != "rpc.discover" }
        #expect(own.count == AdminLine.all.count && own.allSatisfy { $0.hasPrefix("admin.") })
        #expect(try fixture.simulator.calls() == (0, 0))
    }

    @Test func `the protocol's checks are the same at both`() throws {
        let fixture = try ServerFixture()
        for (line, type) in [
            ("garbage", "ParseError"), ("[]", "InvalidRequest"),
            (AdminLine.call("Status", #"{"x":1}"#), "InvalidParams"),
            (#"{"jsonrpc":"2.0","method":"admin.Status"}"#, "InvalidRequest"),
        ] { #expect(try fixture.broker.connectAdmin().ask(line).errorType == type, "\(line)") }
        let long = try fixture.broker.connectAdmin()
        try long.send(String(repeating: "x", count: 65_537))
        #expect(long.readReply().errorType == "LineTooLong")
        #expect(long.isClosedByPeer())
    }

    @Test func `the administrator comes in while every limit of the users is met`() throws {
        let fixture = try ServerFixture(
            """
            limits: {connections: 4, connectionsPerUid: 4, requestsInFlight: 2, requestsInFlightPerUid: 2, \
            requestsPerSecondPerUid: 4, upstreamCallsBurstPerUid: 1, bytesPendingPerUid: 65536}
            """, slow: 20_000)
        let connections = try (1...4).map { _ in try fixture.connect() }
        try connections[0].send(RequestLine.session(1) + "\n")
        #expect(try Waiting.until(seconds: 20) { try fixture.simulator.calls().calls == 1 })
        try connections[1].send((2...20).map { RequestLine.session($0) + "\n" }.joined())
        #expect(Waiting.until(seconds: 20) { connections[1].readReply().errorType == "RateLimited" })
        #expect(try fixture.broker.ask(["status"]).status == 75, "no place for a fifth connection")
        for _ in 1...50 { #expect(try fixture.broker.connectAdmin().ask(AdminLine.call("Status"))["result"] != nil) }
        #expect(try fixture.broker.admin(["status"]).status == 0)
        let admin = try fixture.broker.connectAdmin()
        try admin.send((1...100).map { AdminLine.call("Status", id: $0) + "\n" }.joined())
        for id in 1...100 {
            let reply = admin.readReply()
            #expect(reply["id"] == JSONValue(id) && reply["result"] != nil, "\(reply.text)")
        }
    }

    @Test func `it can be closed, and put elsewhere`() throws {
        let closed = try ServerFixture("admin: {enabled: false}")
        #expect(!FileManager.default.fileExists(atPath: closed.broker.adminPath))
        #expect(try closed.broker.admin(["status"]).status == 69)
        let elsewhere = try ServerFixture { "admin: {socket: \(try $0.makeFolder("admin"))/door}" }
        let path = elsewhere.workplace.path + "/admin/door"
        #expect(try Client.run(["admin", "status"], socket: path).status == 0)
        #expect(!FileManager.default.fileExists(atPath: elsewhere.broker.adminPath))
        elsewhere.broker.signal(SIGTERM)
        #expect(elsewhere.broker.waitForExit(seconds: 20) == 0)
        #expect(!FileManager.default.fileExists(atPath: path))
    }
}
