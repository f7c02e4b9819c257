import AWSRuntime
import BrokerAccess
import BrokerCore
import BrokerWire
import JSONText
import Testing

/// broker.WhoAmI, broker.Status and rpc.discover.
@Suite struct ReportTests {
    private static let profiles = [
        Profile(name: .named("prod"), region: .ireland),
        Profile(name: .named("audit"), region: .virginia, otherRegions: [.ireland]),
        Profile(name: .named("bare"), region: nil),
    ]

    private func whoAmI(_ grants: [Rule], as peer: Peer = .alice) throws -> JSONValue {
        let result = try #require(
            try Scene(profiles: Self.profiles, grants: grants).ask(.whoAmI, as: peer).reply?["result"])
        #expect(SchemaShape("WhoAmI").faults(of: result).isEmpty)
        return result
    }

    @Test func `who has no grant is still told who they are`() throws {
        #expect(
            try whoAmI([.grant("of others", to: .user(7))])
                == ["uid": 4_000_000_001, "gid": 4_000_000_100, "pid": 42, "may": []])
    }

    @Test func `a uid and a gid that have names are told with them`() throws {
        let result = try whoAmI([], as: Peer(uid: 0, gid: 0, pid: 1))
        #expect(result["user"] == "root")
        #expect(result["group"] == "root")
    }

    @Test func `a grant with regions is one entry, patterns as written, profiles by name`() throws {
        let result = try whoAmI([
            .grant("g", to: .everybody, profiles: ["a*", "prod"], regions: ["us-*", "eu-west-1"])
        ])
        #expect(
            result["may"] == [
                [
                    "action": "macie2:GetMacieSession", "profiles": ["audit", "prod"],
                    "regions": ["us-*", "eu-west-1"],
                    "grant": "g",
                ]
            ])
    }

    @Test func `a grant without regions covers each profile's own`() throws {
        let result = try whoAmI([.grant("g", to: .group(Peer.alice.gid), profiles: ["audit", "prod"])])
        #expect(
            result["may"] == [
                [
                    "action": "macie2:GetMacieSession", "profiles": ["audit"], "regions": ["eu-west-1", "us-east-1"],
                    "grant": "g",
                ],
                ["action": "macie2:GetMacieSession", "profiles": ["prod"], "regions": ["eu-west-1"], "grant": "g"],
            ])
    }

    @Test func `grants that come to nothing here, or are others', are not told`() throws {
        let grants = [
            Rule.grant("another action", to: .everybody, actions: ["s3:*"]),
            .grant("no such profile", to: .everybody, profiles: ["secret-*"], regions: ["*"]),
            .grant("of others", to: .user(7)),
        ]
        #expect(try whoAmI(grants)["may"] == [])
    }

    @Test func `the status has the members that the protocol documents`() throws {
        let scene = Scene(
            profiles: Self.profiles, grants: [.grant("all", to: .everybody)],
            credentials: [
                "audit": .ready(expiresAt: "2026-03-01T09:00:00Z"), "prod": .unavailable(reason: "no such file"),
            ])
        let status = try scene.status(at: .at(72.5))
        #expect(SchemaShape("Status").faults(of: status).isEmpty)
        #expect(status["version"] == "1.2.3")
        #expect(status["pid"] == 812)
        #expect(status["socket"] == "/run/b.sock")
        #expect(status["startedAt"] == "2026-03-01T08:00:00Z")
        #expect(status["uptimeSeconds"]?.double.map { $0.rounded(.down) } == 72)
        #expect(
            status["profiles"] == [
                [
                    "name": "audit", "region": "us-east-1",
                    "credentials": ["source": "environment", "state": "ready", "expiresAt": "2026-03-01T09:00:00Z"],
                ],
                ["name": "bare", "credentials": ["source": "environment", "state": "untried"]],
                [
                    "name": "prod", "region": "eu-west-1",
                    "credentials": ["source": "environment", "state": "unavailable", "reason": "no such file"],
                ],
            ])
    }

    @Test(
        arguments: [
            ([], []), ([Rule.grant("g", to: .user(7))], []),
            ([.grant("g", to: .everybody, profiles: ["a*"])], ["audit"]),
            (
                [.grant("g", to: .everybody, profiles: ["prod"]), .grant("h", to: .everybody, profiles: ["bare"])],
                ["bare", "prod"]
            ),
            ([.grant("g", to: .everybody)], ["audit", "bare", "prod"]),
        ] as [([Rule], [String])])
    func `the status tells of a profile only who is granted it`(grants: [Rule], names: [String]) throws {
        let status = try Scene(profiles: Self.profiles, grants: grants).status()
        #expect(status["profiles"]?.array?.compactMap { $0["name"]?.string } == names)
    }

    @Test func `connections are counted open, accepted and refused`() throws {
        var limits = Limits()
        limits.connectionsPerUid = 3
        let scene = Scene(limits: limits)
        let callers = (UInt64(1)...4).map { scene.broker.caller(.alice, connection: $0, at: .at(0)) }
        #expect(callers.map { scene.broker.admit($0) == nil } == [true, true, true, false])
        scene.broker.connectionClosed()
        #expect(try scene.status()["connections"] == ["open": 2, "accepted": 3, "refused": 1])
    }

    @Test func `rpc.discover is the document with the limits in force`() throws {
        var limits = Limits()
        limits.requestsInFlightPerConnection = 5
        limits.lineSeconds = 0.5
        let reply = try Scene(limits: limits).ask(.discover).reply?["result"]
        var document = try #require(reply?.object)
        #expect(document["x-limits"]?["requestsInFlightPerConnection"]?["value"] == 5)
        #expect(document["x-limits"]?["lineSeconds"]?["value"]?.double == 0.5)
        #expect(document["x-limits"]?["connections"] == OpenRPCDocument.object["x-limits"]?["connections"])
        document["x-limits"] = OpenRPCDocument.object["x-limits"]
        #expect(document == OpenRPCDocument.object)
    }
}
