import JSONText
import MacieSimulator
import NIOHTTP1
import Testing
import Timestamps

/// What the simulator answers, and how it misbehaves when told to.
@Suite(.timeLimit(.minutes(1))) struct MacieSimulatorTests {
    @Test func `a well-signed request gets the session, a date and a request id of its own`() async throws {
        try await withSimulator { simulator in
            let connection = try await RawConnection(port: simulator.port)
            var ids: Set<String> = []
            for _ in 1...2 {
                let request = try SignedGet()
                let answer = try await connection.send("GET", "/macie", headers: request.headers)
                #expect(answer.status == 200)
                #expect(try JSONValue(parsing: answer.body) == .object(SimulatorConfiguration.ownSession))
                #expect(answer.headers["Date"] == ["Sun, 30 Aug 2015 12:36:00 GMT"])
                ids.formUnion(answer.headers["x-amzn-RequestId"])
            }
            #expect(ids.count == 2)
            let uuid = try Regex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
            #expect(ids.allSatisfy { $0.wholeMatch(of: uuid) != nil })
            await connection.close()
        }
    }

    @Test func `another session is served from then on`() async throws {
        try await withSimulator { simulator in
            simulator.serve(JSONObject([("status", "PAUSED")]))
            let answer = try await simulator.answer(to: SignedGet())
            #expect(answer.text == #"{"status":"PAUSED"}"#)
        }
    }

    @Test(arguments: SimulatedException.allCases) func `each exception has its status, code and message`(
        exception: SimulatedException
    ) async throws {
        try await withSimulator { simulator in
            simulator.behave(.fail(exception, message: "told so"), times: 1)
            let answer = try await simulator.answer(to: SignedGet())
            #expect(answer.status == exception.httpStatus)
            #expect(answer.headers["x-amzn-ErrorType"] == [exception.rawValue])
            #expect(answer.text == #"{"message":"told so"}"#)
            #expect(try await simulator.answer(to: SignedGet()).status == 200)
            #expect(simulator.calls == CallCount(calls: 2, refused: 0))
        }
    }

    @Test func `a behaviour holds for as many answers as were told, a refused request uses none up`() async throws {
        try await withSimulator { simulator in
            simulator.behave(.fail(.throttling), times: 2)
            #expect(try await simulator.answer(to: SignedGet(.make("AKIDUNKNOWN", secret: "any"))).status == 403)
            var statuses: [Int] = []
            for _ in 1...3 { statuses.append(try await simulator.answer(to: SignedGet()).status) }
            #expect(statuses == [429, 429, 200])
            simulator.behave(.fail(.accessDenied))
            for _ in 1...3 {
                #expect(try await simulator.answer(to: SignedGet()).text.contains("Macie is not enabled"))
            }
            simulator.behave(.normal)
            #expect(try await simulator.answer(to: SignedGet()).status == 200)
        }
    }

    @Test func `slow is late, and right`() async throws {
        try await withSimulator { simulator in
            simulator.behave(.slow(.milliseconds(50)), times: 1)
            let start = ContinuousClock.now
            let answer = try await simulator.answer(to: SignedGet())
            #expect(answer.status == 200)
            #expect(ContinuousClock.now - start >= .milliseconds(50))
        }
    }

    @Test func `malformed bodies are wrong in the way that was asked for`() async throws {
        let whole = Array(JSONValue.object(SimulatorConfiguration.ownSession).text.utf8)
        try await withSimulator { simulator in
            func body(_ malformation: Malformation) async throws -> [UInt8] {
                simulator.behave(.malformed(malformation), times: 1)
                let answer = try await simulator.answer(to: SignedGet())
                #expect(answer.status == 200)
                return answer.body
            }
            let truncated = try await body(.truncated)
            #expect(truncated == Array(whole.prefix(whole.count / 2)))
            let html = try await body(.notJSON)
            #expect(html.starts(with: Array("<html>".utf8)))
            let marked = try await body(.byteOrderMark)
            #expect(marked == [0xEF, 0xBB, 0xBF] + whole)
            let long = try await body(.tooLong)
            #expect(long.count > 2 << 20)
            await #expect(throws: RawConnection.Closed.self) { try await body(.wrongContentLength) }
        }
    }

    @Test func `hanging up is silence`() async throws {
        try await withSimulator { simulator in
            simulator.behave(.hangUp, times: 1)
            await #expect(throws: RawConnection.Closed.self) { try await simulator.answer(to: SignedGet()) }
            let answer = try await simulator.answer(to: SignedGet())
            #expect(answer.status == 200)
        }
    }

    @Test func `gone away it has no port and no connections, and comes back on the same port`() async throws {
        try await withSimulator { simulator in
            let port = simulator.port
            let connection = try await RawConnection(port: port)
            let request = try SignedGet()
            #expect(try await connection.send("GET", "/macie", headers: request.headers).status == 200)
            try await simulator.goAway()
            try await connection.waitUntilClosed()
            await #expect(throws: (any Error).self) { try await RawConnection(port: port) }
            try await simulator.comeBack()
            #expect(simulator.port == port)
            #expect(try await simulator.answer(to: request).status == 200)
        }
    }

    @Test func `a clock that is wrong can be learnt from the Date of the refusal`() async throws {
        try await withSimulator { simulator in
            simulator.setClock(offsetSeconds: 900)
            let refusal = try await simulator.answer(to: SignedGet())
            #expect(refusal.status == 403 && refusal.text.contains("Signature expired: 20150830T123600Z"))
            let date = try #require(refusal.headers.first(name: "Date").flatMap { Timestamp(parsingHTTPDate: $0) })
            #expect(date == SignedGet.signedAt.adding(seconds: 900))
            #expect(try await simulator.answer(to: SignedGet(at: date)).status == 200)
        }
    }

    @Test func `only GET of macie is an operation`() async throws {
        try await withSimulator { simulator in
            let answer = try await simulator.answer(to: SignedGet(path: "/macie/x"))
            #expect(answer.status == 404)
            #expect(answer.headers["x-amzn-ErrorType"] == ["UnknownOperationException"])
        }
    }

    @Test func `200 calls at once are all answered and counted`() async throws {
        try await withSimulator { simulator in
            let ids = try await withThrowingTaskGroup(of: [String].self) { group in
                for _ in 1...200 {
                    group.addTask {
                        let answer = try await simulator.answer(to: SignedGet())
                        #expect(answer.status == 200)
                        return answer.headers["x-amzn-RequestId"]
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.formUnion($1) }
            }
            #expect(ids.count == 200)
            #expect(simulator.calls == CallCount(calls: 200, refused: 0))
        }
    }

    @Test func `the last request is kept for tests, and prints nothing of its headers`() async throws {
        try await withSimulator { simulator in
            _ = try await simulator.answer(to: SignedGet(.temporary))
            let request = try #require(simulator.lastRequest)
            #expect(request.header("x-amz-security-token") == "canary-token")
            #expect(request.values(of: "AUTHORIZATION").count == 1)
            var dumped = ""
            dump(request, to: &dumped)
            for text in ["\(request)", String(reflecting: request), dumped] {
                #expect(!text.contains("canary") && !text.contains("Signature") && text.contains("/macie"))
            }
        }
    }
}
