import Foundation
import JSONText
import Testing

/// Who may knock: the socket's mode, owner and group, and what holds without a configuration.
@Suite struct SocketAccessOtherUsersTests {
    private let workplace: Workplace
    private let simulator: Simulator

    private static let owner: UInt32 = 12_345
    private static let other: UInt32 = 12_346

    init() throws {
        workplace = try Workplace()
        simulator = try Simulator(in: workplace)
    }

    private func mode(of path: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        return try #require(attributes[.posixPermissions] as? Int)
    }

    /// The environment of a user whose keys are in it, as for any AWS tool.
    private func environmentWithKeys() throws -> [String: String] {
        [
            "HOME": try workplace.makeFolder("home", uid: Self.owner),
            "XDG_RUNTIME_DIR": try workplace.makeFolder("runtime", mode: 0o755, uid: Self.owner),
            "AWS_ACCESS_KEY_ID": Simulator.accessKeyID, "AWS_SECRET_ACCESS_KEY": Simulator.secret,
            "AWS_REGION": "us-east-1", "AWS_ENDPOINT_URL": simulator.url,
        ]
    }

    @Test func `without a configuration only the broker's own user may ask, as with ssh-agent`() throws {
        let environment = try environmentWithKeys()
        let broker = try BrokerProcess.start(
            configuration: nil, in: workplace, environment: environment, uid: Self.owner, choosesSocket: true)
        let runtime = try #require(environment["XDG_RUNTIME_DIR"])
        #expect(broker.socketPath == "\(runtime)/macie-broker/broker.sock")
        #expect(try mode(of: broker.socketPath) == 0o600)

        // The client finds the socket as the broker did, and has no key.
        let answer = try Client.run(
            ["session", "--output", "json"], socket: nil, uid: Self.owner, environment: ["XDG_RUNTIME_DIR": runtime])
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json["provenance"]?["profile"] == "default")

        let keptOut = try broker.ask(["session"], uid: Self.other)
        #expect(keptOut.status == 69, "\(keptOut)")
        #expect(keptOut.err.contains("permission denied"))
        #expect(keptOut.err.contains("Ask whoever runs the broker to open its socket to you"))

        // Root comes through any mode, and is refused by the policy.
        let root = try broker.ask(["session"])
        #expect(root.status == 77, "\(root)")
    }

    @Test func `a user's configuration is found below XDG_CONFIG_HOME`() throws {
        var environment = try environmentWithKeys()
        environment["XDG_CONFIG_HOME"] = try workplace.makeFolder("config", uid: Self.owner)
        try workplace.makeFolder("config/macie-broker", uid: Self.owner)
        try workplace.write(
            "config/macie-broker/broker.yaml",
            """
            socketMode: "0666"
            grants: [{name: the other, users: [\(Self.other)], actions: ["*"]}]
            """, uid: Self.owner)
        let broker = try BrokerProcess.start(
            configuration: nil, in: workplace, environment: environment, uid: Self.owner, choosesSocket: true)
        #expect(try mode(of: broker.socketPath) == 0o666)
        #expect(try broker.ask(["session"], uid: Self.other).status == 0)
        #expect(try broker.ask(["session"], uid: Self.owner).status == 77)
    }

    @Test func `everybody may knock at a broker of root's`() throws {
        let broker = try BrokerProcess.start(configuration: simulator.configuration(in: workplace), in: workplace)
        #expect(try mode(of: broker.socketPath) == 0o666)
        #expect(try broker.ask(["session"], uid: Self.other).status == 0)
    }

    @Test func `socketMode and socketGroup let in a group and nobody else`() throws {
        let broker = try BrokerProcess.start(
            configuration: simulator.configuration(in: workplace, "socketMode: \"0660\"\nsocketGroup: 52000"),
            in: workplace)
        #expect(try mode(of: broker.socketPath) == 0o660)
        #expect(try broker.ask(["session"], uid: Self.other, gid: 52_000).status == 0)
        let keptOut = try broker.ask(["session"], uid: Self.other, gid: 52_001)
        #expect(keptOut.status == 69)
        #expect(keptOut.err.contains("permission denied"))
    }

    @Test func `a broker of a user's own opens its socket to that user alone`() throws {
        let configuration = try simulator.configuration(in: workplace, uid: Self.owner)
        let broker = try BrokerProcess.start(configuration: configuration, in: workplace, uid: Self.owner)
        #expect(try mode(of: broker.socketPath) == 0o600)
        #expect(try broker.ask(["session"], uid: Self.owner).status == 0)
        #expect(try broker.ask(["session"], uid: Self.other).status == 69)
    }

    @Test func `a configuration of another user's is not obeyed`() throws {
        let file = try workplace.write("theirs.yaml", "grants: []", uid: Self.other)
        let refused = try BrokerProcess.run(
            configuration: nil, in: workplace, arguments: ["--config", file, "--check"], uid: Self.owner)
        #expect(refused.status == 78, "\(refused)")
        #expect(refused.err.contains("belongs to uid \(Self.other)"))
    }
}
