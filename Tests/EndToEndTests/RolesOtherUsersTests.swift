import Foundation
import JSONText
import Testing

/// Roles, assumed at a counterpart that others wrote: moto, which checks every signature and every policy.
@Suite(.serialized) struct RolesOtherUsersTests {
    private let workplace: Workplace
    private let moto: MotoServer?

    init() throws {
        workplace = try Workplace()
        moto = try Python.require().map { try MotoServer(python: $0) }
    }

    private func broker(_ moto: MotoServer, credentials: String, _ more: String = "") throws -> BrokerProcess {
        let keys = try workplace.writeCredentials(accessKeyID: moto.allowed.id, secret: moto.allowed.secret)
        return try BrokerProcess.start(
            configuration: """
                profiles:
                  default:
                    region: us-east-1
                    endpoint: "\(moto.url)"
                    credentials: {source: shared-files, credentialsFile: \(keys.credentials), configFile: \(keys.config), \(credentials)}
                \(Simulator.grantForEverybody)
                \(more)
                """, in: workplace, environment: ["AWS_ENDPOINT_URL_STS": moto.url])
    }

    @Test func `each user asks AWS in a session of their own name, and gets their own answer`() throws {
        guard let moto else { return }
        let broker = try broker(
            moto, credentials: #"role: {arn: "\#(moto.role)"}, roleSessionName: "{user}""#)
        let (first, second): (UInt32, UInt32) = (41_001, 41_002)
        for uid in [first, second, first] {
            let answer = try broker.ask(["session", "--output", "json"], uid: uid)
            #expect(answer.status == 0, "\(answer)")
        }
        // The broker's own, for its ready line, and each user's once: the second answer of the first came from the cache.
        #expect(try moto.roleSessions() == ["macie-broker", "uid=41001", "uid=41002"])
        let root = try broker.ask(["session", "--max-age", "0"], uid: 0)
        #expect(root.status == 0, "\(root)")
        #expect(try moto.roleSessions().last == "root")
    }

    @Test
    func `credentials of two seconds under load for a minute: no request fails, and STS is asked as the windows say`()
        throws
    {
        guard let moto else { return }
        let broker = try broker(
            moto, credentials: #"role: {arn: "\#(moto.role)", durationSeconds: 2}"#,
            "cacheSeconds: 0\nlimits: {upstreamCallsPerSecondPerUid: 1000}")
        let before = try moto.roleSessions().count
        let connection = try RawConnection(broker.socketPath)
        let start = ContinuousClock.now
        var (asked, failed) = (0, 0)
        while ContinuousClock.now - start < .seconds(60) {
            asked += 1
            try connection.send(#"{"jsonrpc":"2.0","id":\#(asked),"method":"macie2.GetMacieSession"}"# + "\n")
            let reply = try #require(connection.readLine(within: 60))
            if !reply.contains("\"result\"") {
                failed += 1
                Issue.record("\(reply)")
            }
        }
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        let calls = try moto.roleSessions().count - before
        print("roles: \(asked) requests in \(Int(seconds)) s, \(failed) failed, \(calls) calls of AssumeRole")
        #expect(failed == 0 && asked > 100)
        // Renewed in the background when 1.5 to 1.6 s old, and a call takes its time: 60 s make 40 calls at the most, and
        // no fewer than one for each two seconds.
        #expect((Int(seconds / 2.0)...Int(seconds / 1.45) + 1).contains(calls), "\(calls) in \(seconds) s")
    }

    @Test(arguments: [
        (#"source: environment, role: {arn: "arn:aws:iam::123456789012:role/r"}"#, "STS AssumeRole"),
        ("source: instance-metadata", "metadata service"), ("source: container", "credentials endpoint"),
    ])
    func `who gives credentials is down for the rest of their life: nobody fails before their end, and then it heals`(
        credentials: String, who: String
    ) throws {
        let simulator = try Cloud(in: workplace, life: 8)
        // The credentials were given between these two moments.
        let early = ContinuousClock.now
        let broker = try BrokerProcess.start(
            configuration: """
                profiles:
                  default:
                    region: us-east-1
                    endpoint: "\(simulator.url)"
                    credentials: {\(credentials)}
                \(Simulator.grantForEverybody)
                cacheSeconds: 0
                limits: {upstreamCallsPerSecondPerUid: 1000}
                http: {maximumAttempts: 1}
                """, in: workplace,
            environment: [
                "AWS_ENDPOINT_URL_STS": simulator.url, "AWS_EC2_METADATA_SERVICE_ENDPOINT": simulator.url,
                "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(simulator.url)/container",
                "AWS_ACCESS_KEY_ID": "AKIABASE", "AWS_SECRET_ACCESS_KEY": "base",
            ])
        let late = ContinuousClock.now
        try simulator.obey("down")
        var (failure, lastAsked) = (String?.none, late)
        while failure == nil, ContinuousClock.now - late < .seconds(20) {
            let asked = ContinuousClock.now
            let answer = try broker.ask(["session", "--max-age", "0"], uid: 41_001)
            if answer.status == 0 { lastAsked = asked } else { failure = answer.err }
        }
        // They serve for eight seconds, less the last twentieth, which does not count.
        #expect(ContinuousClock.now - early >= .seconds(7.6))
        #expect(lastAsked > late && lastAsked - late < .seconds(8), "\(lastAsked - late)")
        #expect(failure?.contains("CredentialsUnavailable") == true, "\(failure ?? "")")
        #expect(failure?.contains(who) == true && failure?.contains("41001") == false)
        let log = broker.standardError()
        #expect(log.components(separatedBy: "credentials could not be renewed").count == 2, "\(log)")
        #expect(log.components(separatedBy: "there are no credentials").count == 2, "\(log)")
        try simulator.obey("up")
        // Backed off by now for some seconds at most.
        let isBack = try Waiting.until(seconds: 30) {
            try broker.ask(["session", "--max-age", "0"], uid: 41_001).status == 0
        }
        #expect(isBack)
    }
}
