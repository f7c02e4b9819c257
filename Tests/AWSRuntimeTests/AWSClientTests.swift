import AWSRuntime
import Testing
import Timestamps

@Suite struct AWSClientTests {
    private static let ok = FakeExchange.Answer.respond(200, [("x-amzn-RequestId", "r1")], "hello")

    private static func refusal(
        _ code: String, _ status: Int = 400, date: String? = nil, message: String = "m"
    ) -> FakeExchange.Answer {
        let headers = [(name: "x-amzn-ErrorType", value: code)] + (date.map { [(name: "Date", value: $0)] } ?? [])
        return .respond(status, headers, #"{"message":"\#(message)"}"#)
    }

    @Test func `a success comes back with its request id and one attempt`() async throws {
        let bench = Bench(Self.ok)
        let reply = try await bench.call()
        #expect(reply.output == "hello" && reply.requestID == "r1" && reply.attempts == 1)
        #expect(bench.quota.remaining == RetryQuota.full)
    }

    @Test func `the request carries what AWS asks for, and signs host and x-amz headers alone`() async throws {
        let bench = Bench(Self.ok)
        _ = try await bench.call("http://127.0.0.1:5000/base/")
        let sent = try #require(bench.exchange.sent.first)
        #expect(sent.request.absoluteURL == "http://127.0.0.1:5000/base/macie")
        #expect(sent.header("host") == "127.0.0.1:5000")
        #expect(sent.header("x-amz-date") == "20150830T123600Z")
        #expect(sent.header("x-amz-security-token") == Bench.token)
        #expect(
            sent.header("x-amz-content-sha256") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(sent.header("user-agent") == "macie-broker/test")
        #expect(sent.header("amz-sdk-request") == "attempt=1; max=3")
        let signed = "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"
        #expect(sent.header("authorization")?.contains(signed) == true)
        #expect("\(sent.request)" == "GET http://127.0.0.1:5000/base/macie", "printing it shows no header")
        let names = sent.request.headers.map { $0.name.lowercased() }
        #expect(Set(names).count == names.count, "no header comes twice")
    }

    @Test func `a transient failure is tried three times, signed anew each time`() async throws {
        let bench = Bench(Self.refusal("ThrottlingException", 429), Self.refusal("X", 503), Self.ok, random: 1)
        let reply = try await bench.call()
        #expect(reply.attempts == 3)
        #expect(bench.clock.slept == [.seconds(1), .seconds(2)])
        let dates = bench.exchange.sent.map { $0.header("x-amz-date") }
        #expect(dates == ["20150830T123600Z", "20150830T123601Z", "20150830T123603Z"])
        #expect(Set(bench.exchange.sent.map { $0.header("authorization") }).count == 3)
        #expect(bench.exchange.sent.map { $0.header("amz-sdk-request") }.last == "attempt=3; max=3")
        #expect(bench.quota.remaining == RetryQuota.full - 5, "two retries taken, the last one given back")
    }

    @Test func `the last failure is the one that is told`() async throws {
        let bench = Bench(.fail(HTTPExchangeFailure.connectionClosed), Self.refusal("A", 500), Self.refusal("B", 502))
        let failure = try await bench.failure()
        #expect(failure.attempts == 3)
        guard case .service(let error) = failure.cause else {
            Issue.record("\(failure)")
            return
        }
        #expect(error.code == "B" && error.httpStatus == 502)
    }

    @Test(arguments: ["AccessDeniedException", "ValidationException", "ExpiredTokenException", "Nope"])
    func `a refusal that would only repeat itself is told at once`(code: String) async throws {
        let bench = Bench(Self.refusal(code, 403))
        #expect(try await bench.failure().attempts == 1)
    }

    @Test func `a malformed success is not tried again`() async throws {
        let bench = Bench(.respond(200, [("x-amzn-RequestId", "r2")]))
        let failure = try await bench.failure()
        #expect(
            failure == AWSCallFailure(cause: .malformed(reason: "empty", status: 200, requestID: "r2"), attempts: 1))
    }

    @Test func `an empty quota ends the retries`() async throws {
        let bench = Bench(.fail(HTTPExchangeFailure.attemptTimedOut), random: 0)
        for _ in 0..<49 { #expect(bench.quota.take(.timeout)) }
        #expect(try await bench.failure().attempts == 2, "10 are left: one timeout's worth")
        #expect(bench.quota.remaining == 0)
        #expect(try await bench.failure().attempts == 1)
    }

    @Test func `the deadline bounds attempts and pauses together`() async throws {
        let bench = Bench(.fail(HTTPExchangeFailure.attemptTimedOut), takes: .seconds(10), random: 1)
        let failure = try await bench.failure()
        #expect(failure == AWSCallFailure(cause: .deadline, attempts: 2))
        #expect(bench.exchange.sent.map(\.timeouts.attempt) == [.seconds(10), .seconds(9)])
        #expect(bench.exchange.sent.map(\.timeouts.connect) == [.seconds(3), .seconds(3)])
    }

    @Test func `a pause that would outlast the deadline is not begun`() async throws {
        let bench = Bench(Self.refusal("SlowDown", 503), takes: .milliseconds(19_500), random: 1)
        let failure = try await bench.failure()
        #expect(failure.attempts == 1 && bench.clock.slept.isEmpty)
        guard case .service = failure.cause else {
            Issue.record("\(failure)")
            return
        }
    }

    @Test func `cancellation is no failure of the service`() async throws {
        await #expect(throws: CancellationError.self) { try await Bench(.fail(CancellationError())).call() }
        let asleep = Bench(Self.refusal("SlowDown", 503), cancelsSleep: true)
        await #expect(throws: CancellationError.self) { try await asleep.call() }
        let bench = Bench(Self.ok)
        await withTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { _ = await #expect(throws: CancellationError.self) { try await bench.call() } }
        }
        #expect(bench.exchange.sent.isEmpty)
    }

    @Test func `an exchange that breaks its promise is told without its words`() async throws {
        struct Odd: Error { let text = "Authorization: SECRET" }
        let failure = try await Bench(.fail(Odd())).failure()
        #expect(!"\(failure)".contains("SECRET") && failure.attempts == 3)
    }
}

/// Clock skew, as the client lives it.
@Suite struct AWSClientSkewTests {
    private static func refusal(_ code: String, date: String?) -> FakeExchange.Answer {
        let headers = [(name: "x-amzn-ErrorType", value: code)] + (date.map { [(name: "Date", value: $0)] } ?? [])
        return .respond(403, headers, "{}")
    }
    private static let anHourLater = "Sun, 30 Aug 2015 13:36:00 GMT"

    @Test(arguments: [
        "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
        "SignatureDoesNotMatch",
    ])
    func `a wrong clock is corrected by the Date header, at once and for the calls to come`(code: String) async throws {
        let bench = Bench(Self.refusal(code, date: Self.anHourLater), .respond(200, [], "x"))
        #expect(try await bench.call().attempts == 2)
        #expect(bench.clock.slept.isEmpty && bench.skew.offset == 3600)
        #expect(
            bench.exchange.sent.map { $0.header("x-amz-date") } == ["20150830T123600Z", "20150830T133600Z"])
        #expect(try await bench.call().attempts == 1)
        #expect(bench.exchange.sent.last?.header("x-amz-date") == "20150830T133600Z")
    }

    @Test func `a clock that is right afterwards is believed again`() async throws {
        let bench = Bench(
            Self.refusal("RequestExpired", date: Self.anHourLater),
            Self.refusal("RequestExpired", date: "Sun, 30 Aug 2015 12:36:10 GMT"), .respond(200, [], "x"))
        #expect(try await bench.call().attempts == 3)
        #expect(bench.skew.offset == 0)
    }

    @Test(arguments: ["Sun, 30 Aug 2015 12:40:59 GMT", "Sun, 30 Aug 2015 12:31:01 GMT", nil, "yesterday"])
    func `less than five minutes, or no date, is no skew`(date: String?) async throws {
        let bench = Bench(Self.refusal("SignatureDoesNotMatch", date: date))
        #expect(try await bench.failure().attempts == 1)
        #expect(bench.skew.offset == 0)
    }

    @Test func `a signature that is wrong at the right time, too, is told after one more attempt`() async throws {
        let bench = Bench(Self.refusal("SignatureDoesNotMatch", date: Self.anHourLater))
        #expect(try await bench.failure().attempts == 2)
    }

    @Test func `other refusals do not set the clock`() async throws {
        let bench = Bench(Self.refusal("AccessDeniedException", date: Self.anHourLater))
        #expect(try await bench.failure().attempts == 1)
        #expect(bench.skew.offset == 0)
    }
}

/// What AWS quotes of a request must not travel on.
@Suite struct AWSClientEchoTests {
    @Test(arguments: [
        "The signature does not match. The Canonical String for this request should have been 'x-amz-security-token:T'",
        "The signature does not match. Your token was TOKEN today",
        "The signature does not match. Authorization=AWS4-HMAC-SHA256 Credential=x",
        // In whatever form it comes back: percent-encoded, in base64, in hexadecimal digits, and cut off.
        "The signature does not match. Sent was IQoJb3JpZ2luX2VjEXAMPLE%2Ftoken%2Bvalue%3D%3D",
        "The signature does not match. Sent was token=IQoJb3JpZ2luX2Vj",
        "The signature does not match. Sent was SVFvSmIzSnBaMmx1WDJWakVYQU1QTEUvdG9rZW4rdmFsdWU9PQ==",
        "The signature does not match. Sent was 'x IklRb0piM0pwWjJsdVgyVmpFWEFNUExF",
        "The signature does not match. Sent was 49516f4a62334a705a326c755832566a4558414d",
    ])
    func `a message ends where it begins to quote the request`(message: String) async throws {
        let text = message.replacing("TOKEN", with: Bench.token)
        let bench = Bench(.respond(403, [("x-amzn-ErrorType", "SignatureDoesNotMatch")], #"{"message":"\#(text)"}"#))
        let failure = try await bench.failure()
        guard case .service(let error) = failure.cause else {
            Issue.record("\(failure)")
            return
        }
        #expect(error.message.hasPrefix("The signature does not match.") && error.message.hasSuffix("…"))
        #expect(!"\(failure)".contains(Bench.token) && !"\(failure)".contains("AWS4"))
    }

    @Test func `not even a code may quote it`() async throws {
        let bench = Bench(.respond(403, [("x-amzn-ErrorType", Bench.token)], "{}"))
        let failure = try await bench.failure()
        #expect(!"\(failure)".contains(Bench.token))
    }
}
