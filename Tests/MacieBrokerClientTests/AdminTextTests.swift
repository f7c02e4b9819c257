import BrokerWire
import MacieBrokerClient
import Testing

@Suite struct AdminTextTests {
    private let admin = AdminText(
        now: BrokerTimestamp(secondsSinceEpoch: 1_714_557_612), ink: .plain)  // 2024-05-01T10:00:12Z

    private func answer<T>(_ result: String, to ask: (AdminClient) throws -> T) throws -> T {
        let broker = ListeningBroker { peer in peer.answer(peer.request(), result) }
        return try ask(AdminClient(at: broker.path))
    }

    @Test func `the administrator's status reads well`() throws {
        let status = try answer(Samples.adminStatus) { try $0.status() }
        #expect(
            admin.text(of: status) == """
                broker       macie-broker 0.1.0, protocol 1, pid 77
                socket       /run/macie-broker/broker.sock
                running      for 3 days, since 2024-04-28T10:00:00Z
                policy       enforced
                lock         locked: AWS is not asked until it is unlocked
                audit        recording, head 7:\(Samples.digest)
                profiles     audit in us-east-1, credentials from environment ready, expire in 2 hours
                             dev, credentials from shared-files unavailable: no such profile
                connections  3 open, 120 accepted, 0 refused
                requests     10 answered, 1 refused, 2 failed
                cache        2 entries, 100 hits, 4 misses
                AWS          4 calls, 0 failed
                rules        3 grants, 1 deny, loaded 1 hour ago
                from         /etc/b.yaml
                SHA-256      \(Samples.digest)
                audit file   /var/log/a.jsonl
                audit fails  disk\\u{1B} full
                log level    info
                limits       requestLineBytes 65536
                             idleSeconds 0.5

                """)
    }

    @Test func `a reload reads well`() throws {
        let reload = try answer(#"{"policy":\#(Samples.policy),"needsRestart":["socket","limits"]}"#) {
            try $0.reload()
        }
        #expect(
            admin.text(of: reload) == """
                reloaded     enforced
                rules        3 grants, 1 deny, loaded 1 hour ago
                from         /etc/b.yaml
                SHA-256      \(Samples.digest)
                restart for  socket
                             limits

                """)
    }

    @Test func `a policy without a file is told as that`() throws {
        let bare = #"{"mode":"observe","grants":1,"denies":0,"loadedAt":"2024-05-01T10:00:12Z"}"#
        let reload = try answer(#"{"policy":\#(bare),"needsRestart":[]}"#) { try $0.reload() }
        #expect(
            admin.text(of: reload) == """
                reloaded  only observed: what it would refuse is let through
                rules     1 grant, 0 denies, loaded just now
                from      no file

                """)
    }

    @Test func `the short answers are a line each`() throws {
        #expect(try admin.text(of: answer(#"{"dropped":1}"#) { try $0.dropCache() }) == "1 cached answer dropped\n")
        #expect(try admin.text(of: answer(#"{"dropped":2}"#) { try $0.dropCache() }) == "2 cached answers dropped\n")
        let level = try answer(#"{"level":"debug","previous":"in\u001bfo"}"#) { try $0.setLogLevel("debug") }
        #expect(admin.text(of: level) == "log level debug, in\\u{1B}fo before\n")
        let passphrase = try #require(Passphrase("x"))
        #expect(
            try admin.text(of: answer(#"{"locked":true}"#) { try $0.lock(passphrase) })
                == "locked: AWS is not asked until it is unlocked\n")
        #expect(try admin.text(of: answer(#"{"locked":false}"#) { try $0.unlock(passphrase) }) == "unlocked\n")
    }

    @Test func `an explanation names the rules and their places`() throws {
        let question = AdminExplainQuestion(user: "deploy", action: "macie2:GetMacieSession")
        let denied = try answer(Samples.adminDenied) { try $0.explain(question) }
        #expect(
            AdminExplainText(denied, ink: .plain).text == """
                allowed   no, but let through: the policy is only observed
                user      uid 1001
                groups    1001, 27
                action    macie2:GetMacieSession
                profile   audit
                region    eu-west-1
                nearest   "auditors" at /etc/b.yaml:4
                it lacks  region, freshness
                reason    no grant covers it

                """)
        let allowed = try answer(
            #"{"allowed":true,"action":"a:B","uid":0,"groups":[],"rule":{"name":"r"},"reason":"x","mode":"enforce"}"#
        ) { try $0.explain(question) }
        #expect(
            AdminExplainText(allowed, ink: .plain).text == """
                allowed  yes
                user     uid 0
                groups   none
                action   a:B
                rule     "r"
                reason   x

                """)
    }
}
