import Foundation
import JSONText
import Testing

/// From the client to a Macie that misbehaves, and back: each way to fail has its type, and none is the end of anything.
@Suite struct SimulatorRoadTests {
    private let workplace: Workplace
    private let simulator: Simulator

    /// Fails at the first attempt, so that a test of what is told needs no pauses between attempts.
    private static let onceOnly = "http: {maximumAttempts: 1}"

    init() throws {
        workplace = try Workplace()
        simulator = try Simulator(in: workplace)
    }

    private func broker(
        _ more: String = "", secret: String = Simulator.secret, accessKeyID: String = Simulator.accessKeyID
    )
        throws -> BrokerProcess
    {
        try BrokerProcess.start(
            configuration: simulator.configuration(in: workplace, more, accessKeyID: accessKeyID, secret: secret),
            in: workplace)
    }

    /// What a failing `session` prints begins with the error's type.
    private func expect(
        _ type: String, status: Int32, from broker: BrokerProcess, _ arguments: [String] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let answer = try broker.ask(["session"] + arguments)
        #expect(answer.status == status, "\(answer)", sourceLocation: sourceLocation)
        #expect(answer.err.contains(type), "\(answer)", sourceLocation: sourceLocation)
        #expect(answer.err.contains("next: "), "\(answer)", sourceLocation: sourceLocation)
        #expect(answer.out.isEmpty, sourceLocation: sourceLocation)
    }

    // MARK: Answers

    @Test func `the answer has exactly AWS's members, whatever they hold`() throws {
        let broker = try broker("cacheSeconds: 0")
        try simulator.setSession(
            #"{"createdAt":"2020-12-02T22:39:41.930Z","status":"HIBERNATING","serviceRole":"arn:aws:iam::1:role/ä"}"#)
        let answer = try broker.ask(["session", "--output", "json"]).json
        #expect(
            answer["session"]
                == [
                    "createdAt": "2020-12-02T22:39:41.930Z", "serviceRole": "arn:aws:iam::1:role/ä",
                    "status": "HIBERNATING",
                ])
        try simulator.setSession("{}")
        #expect(try broker.ask(["session", "--output", "json"]).json["session"] == .object(JSONObject()))
    }

    // MARK: The cache

    @Test func `asked twice, AWS is asked once`() throws {
        let broker = try broker()
        let first = try broker.ask(["session", "--output", "json"]).json
        let second = try broker.ask(["session", "--output", "json"]).json
        #expect(first["session"] == second["session"])
        #expect(first["provenance"]?["cached"] == false)
        #expect(first["provenance"]?["ageSeconds"]?.double == 0)
        #expect(second["provenance"]?["cached"] == true)
        let age = try #require(second["provenance"]?["ageSeconds"]?.double)
        #expect(age > 0 && age < 30)
        for member in ["requestId", "fetchedAt", "attempts", "profile", "region"] {
            #expect(first["provenance"]?[member] != nil)
            #expect(first["provenance"]?[member] == second["provenance"]?[member])
        }
        #expect(try simulator.calls() == (1, 0))
    }

    @Test func `max-age 0 asks AWS now, and what it brings is in the cache for others`() throws {
        let broker = try broker()
        #expect(try broker.ask(["session"]).status == 0)
        let fresh = try broker.ask(["session", "--max-age", "0", "--output", "json"]).json
        #expect(fresh["provenance"]?["cached"] == false)
        #expect(try simulator.calls().calls == 2)
        let after = try broker.ask(["session", "--max-age", "3600", "--output", "json"]).json
        #expect(after["provenance"]?["requestId"] == fresh["provenance"]?["requestId"])
        #expect(try simulator.calls().calls == 2)
    }

    @Test func `cacheSeconds 0 turns the cache off`() throws {
        let broker = try broker("cacheSeconds: 0")
        for _ in 0..<3 {
            #expect(try broker.ask(["session", "--output", "json"]).json["provenance"]?["cached"] == false)
        }
        #expect(try simulator.calls().calls == 3)
        #expect(try broker.ask(["status", "--output", "json"]).json["cache"]?["entries"] == 0)
    }

    @Test func `an answer older than cacheSeconds is not given again`() throws {
        let broker = try broker("cacheSeconds: 0.2")
        #expect(try broker.ask(["session"]).status == 0)
        try simulator.setSession(#"{"status":"PAUSED"}"#)
        let seen = try Waiting.until(seconds: 20) {
            try broker.ask(["session", "--output", "json"]).json["session"]?["status"] == "PAUSED"
        }
        #expect(seen)
    }

    // MARK: Errors of AWS

    @Test(
        arguments: [
            ("ValidationException", 1), ("ServiceQuotaExceededException", 1), ("AccessDeniedException", 1),
            ("ResourceNotFoundException", 1), ("ConflictException", 1), ("ThrottlingException", 75),
            ("InternalServerException", 75),
        ] as [(String, Int32)])
    func `each exception of GetMacieSession comes through by its name`(exception: String, status: Int32) throws {
        let broker = try broker(Self.onceOnly)
        try simulator.behave(#"{"kind":"fail","exception":"\#(exception)","message":"as the test says"}"#)
        let answer = try broker.ask(["session"])
        #expect(answer.status == status, "\(answer)")
        #expect(answer.err.contains("\(exception): as the test says"))
        #expect(answer.err.contains("answered by AWS, HTTP"))
        #expect(answer.err.contains(", request "))
        try simulator.behave(#"{"kind":"normal"}"#)
        #expect(try broker.ask(["session"]).status == 0)
    }

    @Test func `an error that is none of the seven comes through all the same`() throws {
        try expect("UnrecognizedClientException", status: 1, from: broker(accessKeyID: "AKIAE2ETESTSUNKNOWN1"))
        try expect("InvalidSignatureException", status: 1, from: broker(secret: "not-the-secret"))
        #expect(try simulator.calls().refused >= 2)
    }

    // MARK: What is not AWS

    @Test(arguments: ["truncated", "notJSON", "byteOrderMark", "tooLong"])
    func `a success that cannot be believed is no success`(how: String) throws {
        let broker = try broker(Self.onceOnly)
        try simulator.behave(#"{"kind":"malformed","how":"\#(how)"}"#)
        try expect("UpstreamMalformed", status: 75, from: broker)
        try simulator.behave(#"{"kind":"normal"}"#)
        #expect(try broker.ask(["session"]).status == 0)
    }

    @Test(arguments: [#"{"kind":"hangUp"}"#, #"{"kind":"malformed","how":"wrongContentLength"}"#])
    func `an answer that ends early is an AWS that was not reached`(behaviour: String) throws {
        let broker = try broker(Self.onceOnly)
        try simulator.behave(behaviour)
        try expect("UpstreamUnreachable", status: 75, from: broker)
    }

    @Test func `who asks a slow AWS is told so in time, and the answer is kept when it comes`() throws {
        let broker = try broker("limits: {requestSeconds: 0.2}")
        try simulator.behave(#"{"kind":"slow","milliseconds":700,"times":1}"#)
        try expect("DeadlineExceeded", status: 75, from: broker)
        #expect(try Waiting.until(seconds: 20) { try broker.ask(["session"]).status == 0 })
        #expect(try simulator.calls().calls == 1)
    }

    @Test(arguments: [
        ("http: {requestSeconds: 0.2}", "DeadlineExceeded"),
        ("http: {attemptSeconds: 0.2, maximumAttempts: 1}", "UpstreamUnreachable"),
    ])
    func `the broker's own patience with AWS ends when its settings say`(settings: String, type: String) throws {
        let broker = try broker(settings)
        try simulator.behave(#"{"kind":"slow","milliseconds":10000,"times":1}"#)
        let start = ContinuousClock.now
        try expect(type, status: 75, from: broker)
        #expect(ContinuousClock.now - start < .seconds(8))
        #expect(try broker.ask(["session"]).status == 0)
    }

    @Test func `AWS goes away and comes back, and so does the answer`() throws {
        let broker = try broker("cacheSeconds: 0\n" + Self.onceOnly)
        #expect(try broker.ask(["session"]).status == 0)
        simulator.stop()
        try expect("UpstreamUnreachable", status: 75, from: broker)
        let again = try Simulator(in: workplace, port: simulator.port)
        #expect(try broker.ask(["session"]).status == 0)
        #expect(try again.calls() == (1, 0))
    }

    @Test func `what is refused for lack of credentials says which and where`() throws {
        let configuration = try simulator.configuration(in: workplace)
        let broker = try BrokerProcess.start(
            configuration: configuration.replacing(
                "credentialsFile: ", with: "profile: absent\n      credentialsFile: "),
            in: workplace)
        #expect(broker.readyLine.contains("NO CREDENTIALS from shared-files"))
        let answer = try broker.ask(["session"])
        #expect(answer.status == 70, "\(answer)")
        #expect(answer.err.contains("CredentialsUnavailable"))
        #expect(answer.err.contains("there is no such profile in"))
        #expect(try simulator.calls() == (0, 0))
    }

    // MARK: Attempts and clocks

    @Test func `attempts are made again as AWS's tools do, and the answer says how many`() throws {
        let broker = try broker()
        try simulator.behave(#"{"kind":"fail","exception":"InternalServerException","times":2}"#)
        let answer = try broker.ask(["session", "--output", "json"])
        #expect(answer.json["provenance"]?["attempts"] == 3, "\(answer)")
        #expect(try simulator.calls().calls == 3)
        #expect(try broker.ask(["session"]).out.contains("after 3 attempts"))
    }

    @Test func `after maximumAttempts the last error is told`() throws {
        let broker = try broker("http: {maximumAttempts: 2}")
        try simulator.behave(#"{"kind":"fail","exception":"ThrottlingException"}"#)
        try expect("ThrottlingException", status: 75, from: broker)
        #expect(try simulator.calls().calls == 2)
    }

    @Test(arguments: [900, -900])
    func `a clock that is wrong is found out from AWS's answer, once`(offset: Int) throws {
        let broker = try broker("cacheSeconds: 0")
        try simulator.behave(#"{"kind":"clock","offsetSeconds":\#(offset)}"#)
        let first = try broker.ask(["session", "--output", "json"])
        #expect(first.status == 0, "\(first)")
        #expect(first.json["provenance"]?["attempts"] == 2)
        let second = try broker.ask(["session", "--output", "json"])
        #expect(second.json["provenance"]?["attempts"] == 1)
        #expect(try simulator.calls() == (3, 1))
    }
}
