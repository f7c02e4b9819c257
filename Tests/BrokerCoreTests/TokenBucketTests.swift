import BrokerCore
import Testing

@Suite struct TokenBucketTests {
    private let second: Int64 = 1_000_000_000

    @Test func `a burst is as large as the capacity, and then tokens come at the rate`() {
        var bucket = TokenBucket(rate: 10, capacity: 3, at: 0)
        let burst = (0..<5).map { _ in bucket.take(at: 0) }
        #expect(burst == [true, true, true, false, false])
        let tooEarly = bucket.take(at: second / 10 - 1)
        let inTime = bucket.take(at: second / 10 + 1)
        let again = bucket.take(at: second / 10 + 2)
        #expect((tooEarly, inTime, again) == (false, true, false))
    }

    @Test func `it says when there is a token again, and that time is right`() {
        var bucket = TokenBucket(rate: 4, capacity: 1, at: 0)
        let taken = bucket.take(at: 0)
        let wait = bucket.secondsUntilToken(at: 0)
        #expect(taken)
        #expect(wait == 0.25)
        let then = bucket.take(at: Int64(wait * 1e9))
        #expect(then)
    }

    @Test func `it never holds more than its capacity, however long nobody takes`() {
        var bucket = TokenBucket(rate: 1_000, capacity: 2, at: 0)
        let taken = (0..<4).map { _ in bucket.take(at: 3_600 * second) }
        #expect(taken == [true, true, false, false])
    }

    @Test func `a clock that stands still or goes back gives nothing`() {
        var bucket = TokenBucket(rate: 1, capacity: 1, at: 5 * second)
        let first = bucket.take(at: 5 * second)
        let back = bucket.take(at: 0)
        let still = bucket.take(at: 5 * second)
        #expect((first, back, still) == (true, false, false))
    }

    @Test func `less than one token at a time is one at a time`() {
        var bucket = TokenBucket(rate: 0.5, capacity: 0.5, at: 0)
        let taken = (0..<2).map { _ in bucket.take(at: 0) }
        #expect(taken == [true, false])
        let full = bucket.isFull(at: 2 * second)
        #expect(full)
    }
}
