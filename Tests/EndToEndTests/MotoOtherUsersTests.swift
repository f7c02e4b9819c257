import JSONText
import Testing

/// The road to a counterpart that others wrote: moto, with IAM users, policies and signature checks on.
@Suite(.serialized) struct MotoOtherUsersTests {
    private let workplace: Workplace
    private let moto: MotoServer?

    private static let stranger: UInt32 = 41_000

    init() throws {
        workplace = try Workplace()
        moto = try Python.require().map { try MotoServer(python: $0) }
    }

    /// A broker whose proxy is not there: if it asked anything but moto, such as STS, that would fail.
    private func broker(_ moto: MotoServer, _ key: MotoServer.Key, secret: String? = nil, _ more: String = "") throws
        -> BrokerProcess
    {
        let keys = try workplace.writeCredentials(accessKeyID: key.id, secret: secret ?? key.secret)
        return try BrokerProcess.start(
            configuration: """
                profiles:
                  default:
                    region: us-east-1
                    endpoint: "\(moto.url)"
                    credentials: {source: shared-files, credentialsFile: \(keys.credentials), configFile: \(keys.config)}
                \(Simulator.grantForEverybody)
                http: {maximumAttempts: 1}
                \(more)
                """, in: workplace, environment: ["HTTPS_PROXY": "http://127.0.0.1:1"])
    }

    private func expect(_ type: String, status: Int32, from broker: BrokerProcess, _ arguments: [String] = []) throws {
        let answer = try broker.ask(["session"] + arguments, uid: Self.stranger)
        #expect(answer.status == status, "\(answer)")
        #expect(answer.err.contains(type), "\(answer)")
    }

    @Test func `a session that moto holds is read by another user, and equals what boto3 reads`() throws {
        guard let moto else { return }
        let broker = try broker(moto, moto.allowed)
        let answer = try broker.ask(["session", "--output", "json"], uid: Self.stranger)
        #expect(answer.status == 0, "\(answer)")
        let oracle = try moto.sessionByBoto3(moto.allowed)
        #expect(oracle["status"] == "ENABLED")
        let members = { (value: JSONValue?) in
            value?.object?.members.sorted { $0.name < $1.name }.map { [$0.name: $0.value] }
        }
        #expect(members(answer.json["session"]) == members(oracle))

        // A change is seen at once with --max-age 0, and not before the cache's time is over without.
        try moto.setStatus("PAUSED")
        let kept = try broker.ask(["session", "--output", "json"], uid: Self.stranger).json
        #expect(kept["session"]?["status"] == "ENABLED")
        #expect(kept["provenance"]?["cached"] == true)
        let fresh = try broker.ask(["session", "--max-age", "0", "--output", "json"], uid: Self.stranger).json
        #expect(fresh["session"]?["status"] == "PAUSED")
    }

    @Test func `a change is seen once the cache's time is over`() throws {
        guard let moto else { return }
        let broker = try broker(moto, moto.allowed, "cacheSeconds: 0.5")
        #expect(try broker.ask(["session"], uid: Self.stranger).out.contains("ENABLED"))
        try moto.setStatus("PAUSED")
        #expect(
            try Waiting.until(seconds: 20) { try broker.ask(["session"], uid: Self.stranger).out.contains("PAUSED") })
    }

    @Test func `each of moto's refusals has its type, and moto gone and back is survived`() throws {
        guard let moto else { return }
        try expect(
            "SignatureDoesNotMatch", status: 1, from: broker(moto, moto.allowed, secret: "wrong" + moto.allowed.secret))
        try expect("AccessDenied", status: 1, from: broker(moto, moto.denied))
        try expect(
            "InvalidClientTokenId", status: 1, from: broker(moto, .init(id: "AKIAUNKNOWNTOMOTO000", secret: "x")))

        let broker = try broker(moto, moto.allowed, "cacheSeconds: 0")
        #expect(try broker.ask(["session"], uid: Self.stranger).status == 0)
        try moto.goAway()
        try expect("UpstreamUnreachable", status: 75, from: broker)
        try moto.comeBack()
        #expect(try broker.ask(["session"], uid: Self.stranger).status == 0)
        try moto.setStatus("DISABLED")
        try expect("ResourceNotFoundException", status: 1, from: broker)
        try moto.setStatus("ENABLED")
        #expect(try broker.ask(["session"], uid: Self.stranger).status == 0)
        #expect(broker.isRunning)
    }
}
