import AWSRuntime
import BrokerCore
import BrokerWire
import Macie2
import Testing

@Suite struct SessionCacheTests {
    private func key(_ number: Int) -> SessionKey {
        SessionKey(profile: .named("p\(number)"), region: .virginia, action: "macie2:GetMacieSession")
    }

    private func answer(fetched: Moment) -> SessionAnswer {
        SessionAnswer(session: MacieSession(), key: .audit, requestID: nil, attempts: 1, fetched: fetched)
    }

    @Test(
        arguments: [
            (30, 0, nil, true), (30, 29.999, nil, true), (30, 30, nil, false), (30, 1_000, nil, false),
            (30, 5, 5, true),
            (30, 5.001, 5, false), (30, 0, 0, false), (30, 0.0001, 0, false), (30, 0, 1, true), (30, 31, 86_400, false),
            (0.5, 0.499, nil, true), (0.5, 0.5, nil, false), (0, 0, nil, false),
        ] as [(Double, Double, Int?, Bool)])
    func `an answer is given again within its lifetime and the asker's own`(
        lifetime: Double, age: Double, maxAge: Int?, isGiven: Bool
    ) {
        var cache = SessionCache(lifetimeSeconds: lifetime, capacity: 4)
        cache.store(answer(fetched: .at(0)), for: .audit, at: .at(0))
        let given = cache.answer(for: .audit, maxAgeSeconds: maxAge, at: .at(age))
        #expect((given != nil) == isGiven)
        #expect(cache.hits == (isGiven ? 1 : 0))
        #expect(cache.misses == (isGiven ? 0 : 1))
    }

    @Test func `a lifetime of 0 keeps nothing`() {
        var cache = SessionCache(lifetimeSeconds: 0, capacity: 4)
        cache.store(answer(fetched: .at(0)), for: .audit, at: .at(0))
        #expect(cache.count == 0)
    }

    @Test func `answers differ by profile, region and operation`() {
        var cache = SessionCache(lifetimeSeconds: 30, capacity: 4)
        cache.store(answer(fetched: .at(0)), for: .audit, at: .at(0))
        for other in [
            SessionKey(profile: .named("Audit"), region: .virginia, action: SessionKey.audit.action),
            SessionKey(profile: .named("audit"), region: .ireland, action: SessionKey.audit.action),
            SessionKey(profile: .named("audit"), region: .virginia, action: "macie2:UpdateMacieSession"),
        ] {
            let given = cache.answer(for: other, maxAgeSeconds: nil, at: .at(0))
            #expect(given == nil)
        }
    }

    @Test func `when it is full the oldest goes`() {
        var cache = SessionCache(lifetimeSeconds: 30, capacity: 3)
        for (number, fetched) in [(0, 2.0), (1, 1), (2, 3), (3, 4)] {
            cache.store(answer(fetched: .at(fetched)), for: key(number), at: .at(fetched))
        }
        let left = (0...3).filter { cache.answer(for: key($0), maxAgeSeconds: nil, at: .at(4)) != nil }
        #expect(left == [0, 2, 3])
    }

    @Test func `what has passed its lifetime makes room before anything fresh has to`() {
        var cache = SessionCache(lifetimeSeconds: 30, capacity: 3)
        for (number, fetched) in [(0, 0.0), (1, 1), (2, 20)] {
            cache.store(answer(fetched: .at(fetched)), for: key(number), at: .at(fetched))
        }
        cache.store(answer(fetched: .at(40)), for: key(3), at: .at(40))
        #expect(cache.count == 2)
        let fresh = cache.answer(for: key(2), maxAgeSeconds: nil, at: .at(40))
        #expect(fresh != nil)
    }

    @Test func `a newer answer takes its own place, not another's`() throws {
        var cache = SessionCache(lifetimeSeconds: 30, capacity: 2)
        cache.store(answer(fetched: .at(0)), for: key(0), at: .at(0))
        cache.store(answer(fetched: .at(1)), for: key(1), at: .at(1))
        cache.store(answer(fetched: .at(2)), for: key(1), at: .at(2))
        #expect(cache.count == 2)
        let newer = cache.answer(for: key(1), maxAgeSeconds: nil, at: .at(2))
        #expect(newer?.fetched == .at(2))
    }

    @Test(arguments: [-1, 0, 1, 8])
    func `it never holds more than its capacity, which is one at least`(capacity: Int) {
        var cache = SessionCache(lifetimeSeconds: 1_000, capacity: capacity)
        for number in 0..<100 {
            cache.store(answer(fetched: .at(Double(number))), for: key(number), at: .at(Double(number)))
            #expect(cache.count <= max(1, capacity))
        }
        let last = cache.answer(for: key(99), maxAgeSeconds: nil, at: .at(99))
        #expect(last != nil)
    }

    @Test func `a wall clock that is set back makes no answer younger or older`() {
        var cache = SessionCache(lifetimeSeconds: 30, capacity: 2)
        cache.store(answer(fetched: .at(0)), for: .audit, at: .at(0))
        let steppedBack = Moment(wall: Moment.at(-5_000).wall, uptimeNanoseconds: Moment.at(31).uptimeNanoseconds)
        let old = cache.answer(for: .audit, maxAgeSeconds: nil, at: steppedBack)
        #expect(old == nil)
        let steppedAhead = Moment(wall: Moment.at(5_000).wall, uptimeNanoseconds: Moment.at(29).uptimeNanoseconds)
        let young = cache.answer(for: .audit, maxAgeSeconds: 29, at: steppedAhead)
        #expect(young != nil)
    }
}
