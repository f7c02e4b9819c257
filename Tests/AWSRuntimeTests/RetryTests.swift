import AWSRuntime
import JSONText
import TestSupport
import Testing

@Suite struct RetryTests {
    @Test func `the policy retries what botocore's standard mode retries, as often and as slowly`() throws {
        guard ReferenceData.require() != nil else { return }
        let rows = try ReferenceData.jsonLines("botocore-retry-oracle.jsonl").filter {
            $0["mode"]?.string == "standard" && $0["new_retries_2026"]?.bool == false
        }
        var right = 0
        for row in rows {
            let cause = try #require(Self.cause(of: row))
            let policy = RetryPolicy()
            let attempts = policy.costOfRetrying(cause) == nil ? 1 : policy.maximumAttempts
            let pauses = (1..<attempts).map { policy.pause(afterAttempt: $0, random: 1) }
            let isRight =
                row["attempts"]?.integer == Int64(attempts)
                && row["max_delays_s"]?.array?.compactMap(\.double) == pauses
            #expect(isRight, "\(row.text)")
            right += isRight ? 1 : 0
        }
        print("retry cases \(right)/\(rows.count)")
        #expect(rows.count == 73)
    }

    private static func cause(of row: JSONValue) -> AWSCallFailure.Cause? {
        switch row["exception"]?.string {
        case nil:
            let code = row["error_code"]?.string ?? ""
            let status = Int(row["http_status"]?.integer ?? 0)
            return .service(ServiceError(code: code, message: "", httpStatus: status))
        case "ConnectTimeoutError": return .exchange(.connectTimedOut)
        case "ReadTimeoutError": return .exchange(.attemptTimedOut)
        case "EndpointConnectionError": return .exchange(.cannotConnect(""))
        case "ConnectionClosedError", "ResponseStreamingError": return .exchange(.connectionClosed)
        case "SSLError": return .exchange(.tls(""))
        case "ProxyConnectionError": return .exchange(.proxy(""))
        case "HTTPClientError": return .exchange(.other(""))
        default: return nil
        }
    }

    @Test(arguments: [(1, 1.0, 1.0), (2, 1, 2), (3, 0.5, 2), (6, 1, 20), (1000, 1, 20), (1, -3, 0), (0, 7, 1)])
    func `pauses double up to twenty seconds and are scaled by chance`(attempt: Int, random: Double, pause: Double) {
        #expect(RetryPolicy().pause(afterAttempt: attempt, random: random) == pause)
    }

    @Test func `timeouts cost ten, other retries five`() {
        let policy = RetryPolicy()
        #expect(policy.costOfRetrying(.exchange(.connectTimedOut)) == .timeout)
        #expect(policy.costOfRetrying(.exchange(.attemptTimedOut)) == .timeout)
        #expect(policy.costOfRetrying(.exchange(.connectionClosed)) == .ordinary)
        #expect(policy.costOfRetrying(.exchange(.responseTooLarge(limit: 1))) == nil)
        #expect(policy.costOfRetrying(.signing) == nil && policy.costOfRetrying(.deadline) == nil)
    }

    @Test func `a quota gives nothing that it does not have, and never holds more than it began with`() {
        let quota = RetryQuota()
        for _ in 0..<100 { #expect(quota.take(.ordinary)) }
        #expect(!quota.take(.ordinary) && quota.remaining == 0)
        quota.succeeded(lastRetry: nil)
        #expect(quota.remaining == 1 && !quota.take(.ordinary))
        quota.succeeded(lastRetry: .timeout)
        #expect(quota.remaining == 11)
        for _ in 0..<600 { quota.succeeded(lastRetry: nil) }
        #expect(quota.remaining == RetryQuota.full)
    }

    @Test func `a quota counts right from many threads at once`() async {
        let quota = RetryQuota()
        let taken = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask { (0..<100).reduce(0) { count, _ in count + (quota.take(.ordinary) ? 1 : 0) } }
            }
            return await group.reduce(0, +)
        }
        #expect(taken == 100 && quota.remaining == 0)
    }
}
