import Foundation
import Glibc
import TestSupport
import Testing

/// The vectors of the protocol, run by their reference runner against the real broker.
@Suite struct ProtocolVectorTests {
    /// As protocol/vectors/README.md says.
    private static let session = """
        {"createdAt":"2020-12-02T22:39:41.930Z","findingPublishingFrequency":"SIX_HOURS","serviceRole":\
        "arn:aws:iam::123456789012:role/aws-service-role/macie.amazonaws.com/AWSServiceRoleForAmazonMacie",\
        "status":"ENABLED","updatedAt":"2024-02-29T23:59:59.999Z"}
        """

    @Test func `every vector of the protocol holds`() throws {
        let workplace = try Workplace()
        let simulator = try Simulator(in: workplace)
        try simulator.setSession(Self.session)
        let broker = try BrokerProcess.start(
            configuration: simulator.configuration(
                in: workplace,
                grants: """
                    grants:
                      - name: who runs the vectors
                        users: ["\(geteuid())"]
                        actions: ["macie2:GetMacieSession"]
                        profiles: [default]
                        regions: [us-east-1]
                    """), in: workplace)
        let further = ProcessInfo.processInfo.environment["PROTOCOL_VECTORS"]
        let ran = try runVectors(["--socket", broker.socketPath], further: further, seconds: 300)
        print("protocol vectors: \(ran.out.split(separator: "\n").last ?? "")")
        #expect(ran.status == 0, "\(ran)")
        let counts = try #require(ran.out.firstMatch(of: #/(\d+) passed, 0 failed/#))
        #expect(Int(counts.1) ?? 0 > 90)
        #expect(broker.isRunning)
    }

    @Test func `further folders of cases are found, and what is wrong with one is told`() throws {
        let workplace = try Workplace()
        try workplace.makeFolder("mine/of-my-own")
        try workplace.write("mine/of-my-own/input.jsonl", "")
        let mine = "\(workplace.path)/mine"
        let listed = try runVectors(["--list"], further: mine)
        #expect(listed.status == 0, "\(listed)")
        #expect(listed.out.split(separator: "\n").last == "of-my-own")
        let refused = try runVectors(["--list"], further: "\(mine):\(workplace.path)/nowhere")
        #expect(refused.status == 2)
        #expect(refused.err.hasSuffix("PROTOCOL_VECTORS: \(workplace.path)/nowhere is no folder\n"))
        let twice = try runVectors(["--list"], further: "\(mine):\(mine)")
        #expect(twice.err.contains("two cases are called of-my-own"))
    }

    private func runVectors(
        _ arguments: [String], further: String? = nil, seconds: Double = 20
    ) throws -> Outcome {
        var environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"]
        environment["PROTOCOL_VECTORS"] = further
        let runner = ReferenceData.packageRoot + "/protocol/run-vectors.py"
        return try ChildProcess.run(
            "/usr/bin/env", ["python3", runner] + arguments, environment: environment, seconds: seconds)
    }
}
