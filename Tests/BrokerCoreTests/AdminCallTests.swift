import AWSRuntime
import BrokerAccess
import BrokerAudit
import BrokerWire
import JSONText
import Testing

@testable import BrokerCore

/// What the administrator's door answers at once, and admin.Explain.
@Suite struct AdminCallTests {
    private static let profiles = [
        Profile(name: .named("audit"), region: .virginia), Profile(name: .named("prod"), region: .ireland),
    ]

    @Test func `admin.Status has the members that the protocol documents, of all profiles`() throws {
        let scene = Scene(
            profiles: Self.profiles, grants: [.grant("nothing of these", to: .user(7), profiles: ["other"])],
            denies: [Rule(.deny, name: "d", who: [.everybody], actions: [NamePattern("s3:*")])],
            credentials: ["audit": .ready(expiresAt: .at(60))])
        let status = try #require(try scene.askAdmin(.status, at: .at(5)).reply?["result"])
        #expect(SchemaShape("AdminStatus", at: .admin).faults(of: status) == [])
        #expect(status["profiles"]?.array?.compactMap { $0["name"]?.string } == ["audit", "prod"])
        #expect(
            status["policy"] == [
                "mode": "enforce", "grants": 1, "denies": 1, "loadedAt": "2026-03-01T08:00:00Z",
                "file": "/etc/broker.yaml", "sha256": .string(String(repeating: "a", count: 64)),
            ])
        #expect(status["audit"]?["file"] == "/var/log/audit.jsonl")
        #expect(status["logLevel"] == "info")
        #expect(status["limits"]?["requestLineBytes"] == 65_536)
    }

    @Test func `admin.Status says why records cannot be written, and is answered all the same`() throws {
        let scene = Scene()
        scene.audit.isAvailable = false
        let status = try #require(try scene.askAdmin(.status).reply?["result"])
        #expect(SchemaShape("AdminStatus", at: .admin).faults(of: status) == [])
        #expect(status["audit"]?["available"] == false)
        #expect(status["audit"]?["reason"] == "the test says so")
    }

    @Test func `broker.Status keeps what is the administrator's to itself`() throws {
        let status = try Scene().status()
        for name in ["policy", "limits", "logLevel"] { #expect(status[name] == nil) }
        #expect(status["audit"]?.object?.members.map(\.name).sorted() == ["available", "sequence", "sha256"])
    }

    @Test func `a dropped cache answers nobody, and is dropped for one profile or for all`() throws {
        let scene = Scene(profiles: Self.profiles, grants: [.grant("all", to: .everybody)])
        let prod = SessionKey(profile: .named("prod"), region: .ireland, action: "macie2:GetMacieSession")
        func fill() throws {
            for (name, key) in [("audit", SessionKey.audit), ("prod", prod)] {
                _ = try scene.ask(.getMacieSession(SessionQuery(profile: .named(name))))
                _ = try scene.land(of: key)
            }
        }
        try fill()
        #expect(try scene.askAdmin(.dropCache(profile: .named("prod"))).reply?["result"] == ["dropped": 1])
        let again = Call.getMacieSession(SessionQuery(profile: .named("prod")))
        #expect(try scene.ask(again).reaction == .launch(prod))
        _ = try scene.land(of: prod)
        #expect(try scene.ask(.getMacieSession(SessionQuery(profile: .named("audit")))).reply?.outcome == "ok")
        #expect(try scene.askAdmin(.dropCache(profile: nil)).reply?["result"] == ["dropped": 2])
        #expect(try scene.askAdmin(.dropCache(profile: nil)).reply?["result"] == ["dropped": 0])
        #expect(scene.audit.events.contains { $0.isAdmins(.dropCache(profile: "prod", dropped: 1)) })
        #expect(scene.audit.events.contains { $0.isAdmins(.dropCache(profile: nil, dropped: 2)) })
    }

    @Test func `a log level is set, with the one before told and recorded`() throws {
        let scene = Scene()
        let told = try scene.askAdmin(.setLogLevel(.trace)).reply?["result"]
        #expect(told == ["level": "trace", "previous": "info"])
        #expect(scene.host.logLevel == .trace)
        #expect(scene.audit.events.contains { $0.isAdmins(.setLogLevel(level: "trace", previous: "info")) })
    }

    @Test func `every call leaves a record with who made it`() async throws {
        let scene = Scene()
        let calls: [AdminCall] = [
            .status, .metrics, .dropCache(profile: nil), .setLogLevel(.info), .reload,
            .explain(AdminExplainQuery(user: "0", query: ExplainQuery(action: "macie2:GetMacieSession"))),
            .unlock(try passphrase()), .lock(try passphrase()), .lock(try passphrase()),
        ]
        for call in calls { _ = try await scene.administer(call) }
        #expect(scene.audit.records.map(\.action) == calls.map(\.method.rawValue))
        #expect(scene.audit.records.allSatisfy { $0.origin.peer == .admin && $0.origin.connection == 900 })
        #expect(
            scene.audit.records.map(\.outcome)
                == ["ok", "ok", "ok", "ok", "ConfigurationInvalid", "ok", "ok", "ok", "Locked"])
        #expect(scene.audit.records.allSatisfy { $0.decision == .allow(rule: "administrators", at: nil) })
    }

    @Test func `rpc.discover at this door is its own document`() throws {
        let scene = Scene()
        var out: [UInt8] = []
        let caller = scene.broker.caller(.admin, connection: 1, door: .admin, at: .at(0))
        _ = scene.broker.ask(Request(id: .integer(1), call: .discover), from: caller, at: .at(0), replyTo: &out)
        let methods = try oneLine(out)["result"]?["methods"]?.array?.compactMap { $0["name"]?.string } ?? []
        #expect(methods.contains("admin.Lock"))
        #expect(!methods.contains("broker.WhoAmI"))
    }

    private func explain(
        _ scene: Scene, user: String, groups: [String]? = nil, profile: String? = "audit", region: String? = nil,
        executable: String? = nil, unit: String? = nil
    ) async throws -> JSONValue {
        try await scene.administer(
            .explain(
                AdminExplainQuery(
                    user: user, groups: groups,
                    query: ExplainQuery(
                        action: "macie2:GetMacieSession", profile: profile.map { .named($0) }, region: region),
                    executable: executable, unit: unit)))
    }

    private func explained(_ reply: JSONValue) throws -> JSONValue {
        let result = try #require(reply["result"], "\(reply.text)")
        #expect(SchemaShape("AdminExplain", at: .admin).faults(of: result) == [])
        return result
    }

    @Test func `anybody's request is explained, by name or by number, and nothing is carried out`() async throws {
        let grants = [
            Rule(
                name: "wheel", origin: "/etc/broker.yaml:9", who: [.group(0)], actions: [NamePattern("macie2:*")],
                regions: [NamePattern("eu-*")]),
            .alice,
        ]
        let scene = Scene(grants: grants)
        let alice = try explained(try await explain(scene, user: String(Peer.alice.uid)))
        #expect(alice["allowed"] == true && alice["rule"] == ["name": "alice reads"])
        #expect(alice["groups"] == [], "a uid that the host has no name for has no groups")
        let root = try explained(try await explain(scene, user: "root"))
        #expect(root["uid"] == 0 && root["allowed"] == false)
        #expect(root["groups"]?.array?.first == 0)
        #expect(root["nearest"] == ["name": "wheel", "at": "/etc/broker.yaml:9"])
        #expect(root["lacks"] == ["region"])
        let elsewhere = try explained(try await explain(scene, user: "root", region: "eu-west-1"))
        #expect(elsewhere["allowed"] == true && elsewhere["rule"]?["name"] == "wheel")
        let bare = try explained(try await explain(scene, user: "root", groups: ["12"], region: "eu-west-1"))
        #expect(bare["allowed"] == false && bare["groups"] == [12])
        #expect(scene.broker.waiting == 0)
    }

    @Test func `of a process only what the question says is known`() async throws {
        let grant = Rule(
            name: "ci", who: [.user(7)], actions: [NamePattern("*")], executables: [NamePattern("/opt/ci/*")])
        let scene = Scene(grants: [grant])
        let unknown = try explained(try await explain(scene, user: "7"))
        #expect(unknown["allowed"] == false && unknown["lacks"] == ["executable"])
        #expect(try explained(try await explain(scene, user: "7", executable: "/opt/ci/run"))["allowed"] == true)
        #expect(try explained(try await explain(scene, user: "7", executable: "/opt/x"))["allowed"] == false)
    }

    @Test(arguments: [("nobody-of-this-name", nil), ("0", ["no-such-group"])] as [(String, [String]?)])
    func `a user or a group that the host does not know is told as that`(user: String, groups: [String]?) async throws {
        let reply = try await explain(Scene(), user: user, groups: groups)
        #expect(reply.outcome == "InvalidParams")
        #expect(reply["error"]?["message"]?.string?.contains("this host has no") == true)
    }

    @Test func `root, the broker's own user and the group may come in, and nobody else`() {
        let administrators = Administrators(uid: 1_000, group: 50)
        for peer in [
            Peer(uid: 0, gid: 9, pid: 1), Peer(uid: 1_000, gid: 9, pid: 1), Peer(uid: 7, gid: 50, pid: 1),
            Peer(uid: 7, gid: 9, pid: 1, groups: [40, 50]),
        ] { #expect(administrators.include(peer)) }
        for peer in [Peer(uid: 7, gid: 9, pid: 1), Peer(uid: 50, gid: 1_000, pid: 1, groups: [0])] {
            #expect(!administrators.include(peer))
        }
        #expect(!Administrators(uid: 1_000, group: nil).include(Peer(uid: 7, gid: 50, pid: 1)))
    }

    @Test func `no limit on users keeps an administrator out, and none counts for one`() {
        var limits = Limits()
        limits.connections = 1
        limits.connectionsPerUid = 1
        limits.bytesPendingPerUid = 10
        let broker = Scene(limits: limits).broker
        let people = (UInt64(1)...3).map { broker.caller(.admin, connection: $0, at: .at(0)) }
        #expect(people.map { broker.admit($0) == nil } == [true, false, false])
        let admins = (UInt64(4)...9).map { broker.caller(.admin, connection: $0, door: .admin, at: .at(0)) }
        #expect(admins.allSatisfy { broker.admit($0) == nil })
        #expect(admins.allSatisfy { broker.notePending(1_000_000, of: $0) == nil })
        let stranger = broker.caller(.alice, connection: 10, door: .admin, at: .at(0))
        guard case .notAdministrator = broker.admit(stranger) else {
            Issue.record("a stranger was let in")
            return
        }
        for admin in admins { broker.freePlace(of: admin, at: .at(1)) }
        #expect(broker.admit(people[1]) != nil, "an administrator's place is none of the users'")
    }
}
