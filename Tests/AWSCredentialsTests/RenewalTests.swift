import Secrets
import Testing
import Timestamps

@testable import AWSCredentials

/// When a credential is used, renewed, waited for or refused.
@Suite struct RenewalTests {
    private let wall = Timestamp(seconds: 1_800_000_000)

    private func fetched(_ life: Double?, at now: Duration = .zero, random: Double = 0) -> Renewal {
        var renewal = Renewal()
        _ = renewal.fetched(
            FetchedCredential(.test(until: life.map { wall.adding(seconds: $0) }), from: "test"), at: now,
            awsTime: wall, wall: wall, random: random)
        return renewal
    }

    private enum Word: String { case use, useAndFetch, wait, fetch, fail }

    private func word(_ renewal: Renewal, at seconds: Double, filesChanged: Bool = false) -> Word {
        var renewal = renewal
        switch renewal.decide(at: .seconds(seconds), filesChanged: filesChanged) {
        case .use: return .use
        case .useAndFetch: return .useAndFetch
        case .fetch(orUse: nil): return .fetch
        case .fetch: return .wait
        case .fail: return .fail
        }
    }

    @Test(arguments: [
        (3_600.0, 2_699.0, "use"), (3_600, 2_701, "useAndFetch"), (3_600, 2_999, "useAndFetch"), (3_600, 3_001, "wait"),
        (3_600, 3_597, "wait"), (3_600, 3_598.5, "fetch"), (3_600, 9_999, "fetch"), (43_200, 42_299, "use"),
        (43_200, 42_301, "useAndFetch"), (43_200, 42_601, "wait"),
        // Shorter than an hour: in proportion.
        (900, 674, "use"), (900, 676, "useAndFetch"), (900, 751, "wait"), (2, 1.49, "use"), (2, 1.51, "useAndFetch"),
        (2, 1.68, "wait"), (2, 1.91, "fetch"),
    ])
    func `the windows are those of AWS, scaled down for short lives`(life: Double, at: Double, decision: String) {
        #expect(word(fetched(life), at: at).rawValue == decision)
    }

    @Test(arguments: [(0.0, 2_700.0), (0.5, 2_775), (1, 2_850)])
    func `brokers that started together do not renew together`(random: Double, at: Double) {
        let renewal = fetched(3_600, random: random)
        #expect(word(renewal, at: at - 1) == .use && word(renewal, at: at + 1) == .useAndFetch)
    }

    @Test func `what has no end is not renewed, but for files that change`() {
        let renewal = fetched(nil)
        #expect(word(renewal, at: 1e9) == .use && word(renewal, at: 1, filesChanged: true) == .wait)
        #expect(!renewal.isDue(at: .seconds(1e9)))
    }

    @Test func `the last good one is used while it is valid, then there is a typed failure, then it heals`() {
        var renewal = fetched(3_600)
        let failure = CredentialFailure(kind: .unreachable, source: "test", why: "down", remedy: "wait")
        #expect(
            renewal.failed(failure, at: .seconds(3_001), wall: wall, random: 1)
                == .failing(failure, goodUntil: wall.adding(seconds: 3_600)))
        // In its time of rest nobody waits for the source.
        #expect(word(renewal, at: 3_001.9) == .use && word(renewal, at: 3_002.1) == .wait)
        #expect(renewal.failed(failure, at: .seconds(3_100), wall: wall, random: 1) == nil)
        #expect(renewal.failed(failure, at: .seconds(3_599), wall: wall, random: 1) == .lost(failure))
        #expect(word(renewal, at: 3_600) == .fail)
        #expect(renewal.noticeEnd(at: .seconds(3_601)) == nil)
        #expect(word(renewal, at: 3_700) == .fetch)
        let end = wall.adding(seconds: 8_000)
        let back = renewal.fetched(
            FetchedCredential(.test(until: end), from: "test"), at: .seconds(3_700), awsTime: wall, wall: wall,
            random: 0)
        #expect(back == .recovered(until: end) && word(renewal, at: 3_701) == .use)
    }

    @Test func `an end that comes while the source fails is told once`() {
        var renewal = fetched(100)
        let failure = CredentialFailure(kind: .unreachable, source: "test", why: "down", remedy: "wait")
        _ = renewal.failed(failure, at: .seconds(80), wall: wall, random: 1)
        #expect(renewal.noticeEnd(at: .seconds(90)) == nil)
        #expect(renewal.noticeEnd(at: .seconds(99)) == .lost(failure) && renewal.noticeEnd(at: .seconds(100)) == nil)
    }

    @Test func `a source that fails is left alone for 1 s, then twice as long, up to 5 minutes`() {
        var backoff = RenewalBackoff()
        let pauses = (0..<12).map { _ in backoff.next(random: 1) }
        #expect(Array(pauses.prefix(4)) == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
        #expect(pauses.last == .seconds(300))
        backoff.reset()
        #expect(backoff.next(random: 0) == .milliseconds(500))
    }

    @Test func `what had expired when it came is a failure, and does not replace what is good`() {
        var renewal = fetched(3_600)
        let change = renewal.fetched(
            FetchedCredential(.test(id: "OLD", until: wall.adding(seconds: -1)), from: "test"), at: .seconds(2_800),
            awsTime: wall, wall: wall, random: 0)
        #expect(renewal.usable(at: .seconds(2_800))?.accessKeyID == "AKIATEST")
        guard case .failing(let failure, _)? = change else {
            Issue.record("\(String(describing: change))")
            return
        }
        #expect(failure.why.contains("had expired"))
    }

    @Test func `a credential that AWS refuses is replaced once in a while, not for each request`() {
        var renewal = fetched(nil)
        let credential = renewal.usable(at: .zero)
        #expect(credential.map { renewal.refused($0, at: .zero) } == true)
        _ = renewal.fetched(
            FetchedCredential(.test(), from: "test"), at: .seconds(1), awsTime: wall, wall: wall, random: 0)
        let same = renewal.usable(at: .seconds(1))
        #expect(same.map { renewal.refused($0, at: .seconds(2)) } == false)
        #expect(same.map { renewal.refused($0, at: .seconds(11)) } == true)
    }
}
