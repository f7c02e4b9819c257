import BrokerAccess
import BrokerAudit
import BrokerWire
import JSONText
import Testing
import Timestamps

@testable import AWSCredentials
@testable import BrokerCore

/// The administrator's methods on credentials: what they answer, and what is recorded.
@Suite struct CredentialCallTests {
    private let scene = Scene()
    private var vault: ScriptedCredentials { scene.upstream.vault }

    init() { vault.stock("audit", "prod") }

    private static func keys(
        _ profile: String = "audit", id: String = "AKIACANARYWXYZ", seconds: Int? = nil
    ) -> AdminCall {
        .addCredentials(
            GivenKeys(
                profile: .named(profile), accessKeyID: id, secretAccessKey: WireSecret("canary-secret"),
                sessionToken: WireSecret("canary-token"), lifetimeSeconds: seconds))
    }

    private func ask(_ call: AdminCall, at now: Moment = .at(0)) throws -> JSONValue {
        let (reaction, reply) = try scene.askAdmin(call, at: now)
        #expect(reaction == .answered, "no errand")
        return try #require(reply)
    }

    private func list() throws -> [JSONValue] {
        let result = try #require(try ask(.listCredentials)["result"])
        #expect(SchemaShape("Credentials", at: .admin).faults(of: result) == [])
        return result["credentials"]?.array ?? []
    }

    private func eventsOfCredentials() -> [AuditEvent] {
        scene.audit.events.filter { event in if case .start = event.kind { false } else { true } }
    }

    private func lastEvent() -> AuditEvent? { scene.audit.events.last }

    @Test func `keys that are given are told of by the end of their id, and recorded so`() throws {
        let reply = try ask(Self.keys(seconds: 900), at: .at(5))
        let result = try #require(reply["result"])
        #expect(SchemaShape("CredentialEntry", at: .admin).faults(of: result) == [])
        #expect(
            result == [
                "profile": "audit", "source": "given", "state": "ready", "accessKeyIdEnd": "WXYZ",
                "expiresAt": "2026-03-01T08:15:05Z",
                "lastRefresh": ["at": "2026-03-01T08:00:05Z", "ok": true],
            ], "\(result.text)")
        #expect(
            lastEvent()?.isAdmins(
                .addCredentials(profile: "audit", accessKeyIDEnd: "WXYZ", expiresAt: .at(905))) == true)
        #expect(!reply.text.contains("canary") && !reply.text.contains("CANARY"))
        let keys = try #require(vault.given.last)
        #expect(keys.secretAccessKey == WireSecret("canary-secret"))
        #expect(keys.sessionToken == WireSecret("canary-token"))
    }

    @Test func `keys without an end have none`() throws {
        #expect(try ask(Self.keys())["result"]?["expiresAt"] == nil)
        #expect(
            lastEvent()?.isAdmins(.addCredentials(profile: "audit", accessKeyIDEnd: "WXYZ", expiresAt: nil)) == true)
    }

    @Test(arguments: [("other", "AKIACANARYWXYZ", "profile"), ("audit", "CANARY/ID", "keys cannot be used")])
    func `a profile that there is none of and keys that are none are told as that, and change nothing`(
        profile: String, id: String, says: String
    ) throws {
        let reply = try ask(Self.keys(profile, id: id))
        #expect(reply.outcome == "InvalidParams" && reply["error"]?["data"]?["retryable"] == false)
        #expect(reply["error"]?["message"]?.string?.contains(says) == true)
        #expect(reply["error"]?["data"]?["remedy"]?.string?.isEmpty == false)
        #expect(!reply.text.contains("canary") && !reply.text.contains("CANARY"))
        #expect(eventsOfCredentials().isEmpty && vault.given.isEmpty)
        #expect(scene.audit.records.map(\.outcome) == ["InvalidParams"])
    }

    @Test func `the list tells all that is known and documented, of each user`() throws {
        vault.hold(
            "audit",
            CredentialAccount(
                source: "assume-role", user: SessionUser(uid: 1_001, name: "deploy"), accessKeyIDEnd: "ABCD",
                accountID: "123456789012", expiresAt: .at(3_600), isUsable: true, lastAttempt: .at(1), failure: nil))
        vault.hold(
            "audit",
            CredentialAccount(
                source: "assume-role", user: SessionUser(uid: 7, name: nil), accessKeyIDEnd: "EFGH", accountID: nil,
                expiresAt: .at(60), isUsable: true, lastAttempt: .at(2),
                failure: CredentialFailure(kind: .unreachable, source: "assume-role", why: "down", remedy: "wait")))
        vault.hold(
            "prod",
            CredentialAccount(
                source: "given", user: nil, accessKeyIDEnd: nil, accountID: nil, expiresAt: nil, isUsable: false,
                lastAttempt: .at(3), failure: CredentialFailure(source: "given", why: "none", remedy: "give some")))
        vault.hold(
            "prod",
            CredentialAccount(
                source: "container", user: nil, accessKeyIDEnd: nil, accountID: nil, expiresAt: nil, isUsable: false,
                lastAttempt: nil, failure: nil))
        let entries = try list()
        #expect(entries.map { $0["state"] } == ["ready", "ready", "unavailable", "untried"])
        #expect(entries[0]["user"] == ["uid": 1_001, "name": "deploy"])
        #expect(entries[0]["accountId"] == "123456789012")
        #expect(entries[1]["user"] == ["uid": 7])
        #expect(
            entries[1]["lastRefresh"] == [
                "at": "2026-03-01T08:00:02Z", "ok": false, "reason": "down", "remedy": "wait",
            ])
        #expect(entries[2]["lastRefresh"]?["remedy"] == "give some" && entries[2]["accessKeyIdEnd"] == nil)
        #expect(entries[3]["lastRefresh"] == nil)
        #expect(eventsOfCredentials().isEmpty, "who only looks leaves a request and no event")
    }

    @Test func `what is removed is counted and recorded`() throws {
        for _ in 1...2 { _ = try ask(Self.keys()) }
        _ = try ask(Self.keys("prod"))
        #expect(try ask(.removeCredentials(profile: .named("audit")))["result"] == ["removed": 2])
        #expect(lastEvent()?.isAdmins(.removeCredentials(profile: "audit", removed: 2)) == true)
        #expect(try list().map { $0["profile"] } == ["prod"])
        #expect(try ask(.removeCredentials(profile: .named("audit")))["result"] == ["removed": 0])
        let events = scene.audit.events.count
        #expect(try ask(.removeCredentials(profile: .named("other"))).outcome == "InvalidParams")
        #expect(scene.audit.events.count == events)
    }

    @Test func `everything is dropped by an administrator, or by nobody that is known: a signal`() throws {
        for profile in ["audit", "prod"] { _ = try ask(Self.keys(profile)) }
        #expect(try ask(.dropCredentials)["result"] == ["dropped": 2])
        #expect(lastEvent()?.isAdmins(.dropCredentials(dropped: 2)) == true)
        _ = try ask(Self.keys())
        scene.broker.dropCredentials(at: .at(9))
        #expect(lastEvent() == AuditEvent(time: .at(9), .dropCredentials(dropped: 1)))
        #expect(try list().isEmpty)
    }

    @Test func `each call leaves a record with who made it`() throws {
        let calls: [AdminCall] = [
            .listCredentials, Self.keys(), .removeCredentials(profile: .named("audit")), .dropCredentials,
        ]
        for call in calls { _ = try ask(call) }
        #expect(scene.audit.records.map(\.action) == calls.map(\.method.rawValue))
        #expect(scene.audit.records.allSatisfy { $0.origin.peer == .admin && $0.outcome == "ok" })
    }

    @Test func `locked, and while no record can be written, keys can be given and dropped all the same`() async throws {
        _ = try await scene.administer(.lock(try passphrase()))
        scene.audit.isAvailable = false
        #expect(try ask(Self.keys()).outcome == "ok")
        #expect(try ask(.dropCredentials)["result"] == ["dropped": 1])
    }
}
