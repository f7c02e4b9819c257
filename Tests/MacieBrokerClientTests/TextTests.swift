import MacieBrokerClient
import Testing

@Suite struct TextTests {
    private let now = BrokerTimestamp(secondsSinceEpoch: 1_714_557_612)  // 2024-05-01T10:00:12Z

    @Test func `a session reads well`() throws {
        let answer = try Samples.answer(Samples.session) { try $0.session() }
        #expect(
            SessionText(answer, now: now, ink: .plain).text == """
                status              ENABLED
                publishes findings  every 15 minutes
                created             2020-12-02T22:39:41.930Z (3 years ago)
                updated             2024-05-01T10:00:00Z (12 seconds ago)
                service role        arn:aws:iam::123456789012:role/macie
                profile             audit
                region              eu-west-1
                answer              from the broker's cache, fetched 12 seconds ago, after 2 attempts, request r-1

                """)
    }

    @Test func `a session of which AWS told nothing has its provenance only`() throws {
        let answer = try Samples.answer(Samples.emptySession) { try $0.session() }
        #expect(
            SessionText(answer, now: answer.provenance.fetchedAt, ink: .plain).text == """
                profile  default
                region   us-east-1
                answer   from AWS, just now

                """)
    }

    @Test(arguments: [
        ("FIFTEEN_MINUTES", "every 15 minutes"), ("ONE_HOUR", "every hour"), ("SIX_HOURS", "every 6 hours"),
        ("NEVER\\u0007", "NEVER\\u{7}"),
    ])
    func `a frequency is spelled out, an unknown one as it is`(_ word: String, _ spelled: String) throws {
        let result = Samples.session.replacing("FIFTEEN_MINUTES", with: word)
        let answer = try Samples.answer(result) { try $0.session() }
        let text = SessionText(answer, now: now, ink: .plain).text
        #expect(text.contains("publishes findings  \(spelled)\n"))
    }

    @Test func `colours mark what is well and what is not`() throws {
        let enabled = try Samples.answer(Samples.session) { try $0.session() }
        #expect(SessionText(enabled, now: now, ink: .coloured).text.contains("\u{1B}[32mENABLED\u{1B}[0m\n"))
        let paused = try Samples.answer(Samples.session.replacing("ENABLED", with: "PAUSED")) { try $0.session() }
        #expect(SessionText(paused, now: now, ink: .coloured).text.contains("\u{1B}[33mPAUSED\u{1B}[0m\n"))
    }

    @Test func `a caller reads well, and cannot be made to play with the terminal`() throws {
        let caller = try Samples.answer(Samples.caller) { try $0.whoAmI() }
        let may = #"macie2:GetMacieSession with profile audit in regions us-east-1, eu-west-1, by grant "auditors""#
        #expect(
            CallerText(caller, ink: .plain).text == """
                user     alice (uid 1000)
                group    gid 1001
                process  4242
                may      \(may)
                         macie2:* with any profile in no region, by grant "all\\u{1B}[2J"

                """)
    }

    @Test func `what narrows a right is told with it`() throws {
        let caller = try Samples.answer(Samples.fullCaller) { try $0.whoAmI() }
        let may = #"""
            macie2:GetMacieSession with profile audit in region us-east-1, only program /usr/bin/*, only units \#
            ci.service, cd.service, until 2026-01-01T00:00:00Z, with --max-age 60 or more, or without, by grant "g"
            """#
        #expect(
            CallerText(caller, ink: .plain).text == """
                user     alice (uid 1000)
                group    alice (gid 1001)
                also in  sudo (gid 27), gid 4100
                process  4242
                program  /usr/bin/x (deleted)
                unit     ci.service
                policy   only observed: what it would refuse is let through
                may      \(may)

                """)
    }

    @Test func `a caller without a grant is told so`() throws {
        let caller = try Samples.answer(#"{"uid":7,"gid":8,"pid":9,"may":[]}"#) { try $0.whoAmI() }
        #expect(CallerText(caller, ink: .plain).text.hasSuffix("may      nothing: no grant names this user\n"))
    }

    @Test func `a broker's state reads well`() throws {
        let status = try Samples.answer(Samples.status) { try $0.status() }
        #expect(
            StatusText(status, now: now, ink: .plain).text == """
                broker       macie-broker 0.1.0, protocol 1, pid 77
                socket       /run/macie-broker/broker.sock
                running      for 3 days, since 2024-04-28T10:00:00Z
                profiles     audit in us-east-1, credentials from environment ready, expire in 2 hours
                             dev, credentials from shared-files unavailable: no such profile
                connections  3 open, 120 accepted, 0 refused
                requests     10 answered, 1 refused, 2 failed
                cache        2 entries, 100 hits, 4 misses
                AWS          4 calls, 0 failed

                """)
    }

    @Test func `a broker's state tells mode, lock and the record's head`() throws {
        let status = try Samples.answer(Samples.fullStatus) { try $0.status() }
        let text = StatusText(status, now: now, ink: .plain).text
        #expect(text.contains("policy       enforced\nlock         locked: AWS is not asked until it is unlocked\n"))
        #expect(text.contains("audit        recording, head 7:\(Samples.digest)\nprofiles "))
        let failing = Samples.fullStatus.replacing(#""available":true"#, with: #""available":false"#)
        let broken = try Samples.answer(failing.replacing(#""locked":true"#, with: #""locked":false"#)) {
            try $0.status()
        }
        let brokenText = StatusText(broken, now: now, ink: .plain).text
        #expect(brokenText.contains("audit        cannot be written, head 7:"))
        #expect(!brokenText.contains("lock "))
    }

    @Test(arguments: [
        (0.0, "just now"), (0.9, "just now"), (-0.9, "just now"), (1, "in 1 second"), (-1, "1 second ago"),
        (-59.9, "59 seconds ago"), (-60, "1 minute ago"), (-7_199, "1 hour ago"), (-86_400, "1 day ago"),
        (-259_200, "3 days ago"), (-5_259_492, "2 months ago"), (-63_113_904, "2 years ago"), (7_200, "in 2 hours"),
    ])
    func `instants are told as people tell them`(_ seconds: Double, _ expected: String) {
        let whole = seconds.rounded(.down)
        let instant = BrokerTimestamp(
            secondsSinceEpoch: now.secondsSinceEpoch + Int64(whole), nanoseconds: Int32((seconds - whole) * 1e9))
        #expect(RelativeTime.spelled(instant, from: now) == expected)
    }

    @Test(arguments: [
        (0.25, "250 milliseconds"), (1, "1 second"), (30, "30 seconds"), (-1, "an unknown time"),
        (.nan, "an unknown time"), (.infinity, "an unknown time"), (1e300, "1000000000 years"),
    ])
    func `durations are told as people tell them`(_ seconds: Double, _ expected: String) {
        #expect(RelativeTime.spelled(seconds: seconds) == expected)
    }

    @Test(arguments: [
        ("plain é 😀", "plain é 😀"), ("\u{1B}[31m", "\\u{1B}[31m"), ("a\nb\r\n", "a\\u{A}b\\u{D}\\u{A}"),
        ("\u{9B}2J\u{7F}", "\\u{9B}2J\\u{7F}"), ("\u{202E}gnp", "\\u{202E}gnp"),
        ("\u{2066}\u{FEFF}", "\\u{2066}\\u{FEFF}"),
    ])
    func `nothing that a terminal obeys gets through`(_ text: String, _ expected: String) {
        #expect(text.escapedForTerminal == expected)
    }

    @Test func `instants order, and keep their nanoseconds`() {
        let early = BrokerTimestamp(secondsSinceEpoch: -1, nanoseconds: 999_999_999)
        let late = BrokerTimestamp(secondsSinceEpoch: 0)
        #expect(early < late && late.rfc3339 == "1970-01-01T00:00:00Z")
        #expect(BrokerTimestamp(rfc3339: early.rfc3339) == early && BrokerTimestamp(rfc3339: "soon") == nil)
    }
}
