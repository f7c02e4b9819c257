import AWSCredentials
import AWSRuntime
import BrokerAccess
import BrokerWire
import JSONText
import Testing

@testable import BrokerCore

/// The one switch from what can go wrong to what the client hears.
@Suite struct FailureReplyTests {
    private static let denial = Failure.Denial(
        peer: .mallory, user: nil,
        request: AccessRequest(action: "a:B", profile: "p", region: nil, regionIsConfigured: true), askedProfile: nil,
        askedRegion: nil, denial: Denial(rule: nil), policySource: "/etc/broker.yaml")

    private static func call(_ cause: AWSCallFailure.Cause) -> Failure {
        .call(AWSCallFailure(cause: cause, attempts: 2))
    }

    private static func aws(_ code: String, _ status: Int, message: String = "m") -> Failure {
        call(.service(ServiceError(code: code, message: message, httpStatus: status, requestID: "r-1")))
    }

    private static func refused(_ reason: RequestRefusal.Reason) -> Failure {
        .refused(RequestRefusal(id: .integer(1), reason: reason))
    }

    private static let table: [(failure: Failure, type: String, code: Int, retryable: Bool)] = [
        (refused(.notJSON(JSONFailure(.duplicateKey, at: 17))), "ParseError", -32_700, false),
        (refused(.invalidRequest("why")), "InvalidRequest", -32_600, false),
        (refused(.methodNotFound), "MethodNotFound", -32_601, false),
        (refused(.invalidParameter(name: "region", rule: "rule")), "InvalidParams", -32_602, false),
        (.denied(denial), "PermissionDenied", -32_001, false),
        (.regionMissing(profile: .named("p")), "InvalidParams", -32_602, false),
        (.profileMissing, "InvalidParams", -32_602, false),
        (.regionUnknown, "InvalidParams", -32_602, false), (.profileUnknown, "InvalidParams", -32_602, false),
        (
            .credentials(CredentialFailure(source: "environment", why: "unset", remedy: "set it"), of: .named("p")),
            "CredentialsUnavailable", -32_006, false
        ),
        (
            .credentials(
                CredentialFailure(kind: .unreachable, source: "assume-role", why: "down", remedy: "wait"),
                of: .named("p")), "CredentialsUnavailable", -32_006, true
        ),
        (.noSuchProfile, "InvalidParams", -32_602, false), (.keysUnusable("why"), "InvalidParams", -32_602, false),
        (.askedByItself, "PermissionDenied", -32_001, false),
        (aws("AccessDeniedException", 403), "AccessDeniedException", -32_000, false),
        (aws("ThrottlingException", 429), "ThrottlingException", -32_000, true),
        (aws("InternalServerException", 500), "InternalServerException", -32_000, true),
        (aws("503", 503), "503", -32_000, true),
        (aws("RequestTimeoutException", 400), "RequestTimeoutException", -32_000, true),
        (aws("ValidationException", 400), "ValidationException", -32_000, false),
        (call(.malformed(reason: "no JSON", status: 200, requestID: nil)), "UpstreamMalformed", -32_008, true),
        (call(.exchange(.responseTooLarge(limit: 9))), "UpstreamMalformed", -32_008, true),
        (call(.exchange(.connectTimedOut)), "UpstreamUnreachable", -32_007, true),
        (call(.exchange(.attemptTimedOut)), "UpstreamUnreachable", -32_007, true),
        (call(.exchange(.cannotConnect("refused"))), "UpstreamUnreachable", -32_007, true),
        (call(.exchange(.tls("expired"))), "UpstreamUnreachable", -32_007, true),
        (call(.exchange(.connectionClosed)), "UpstreamUnreachable", -32_007, true),
        (call(.exchange(.proxy("407"))), "UpstreamUnreachable", -32_007, true),
        (call(.exchange(.other("odd"))), "UpstreamUnreachable", -32_007, true),
        (call(.deadline), "DeadlineExceeded", -32_005, true), (call(.signing), "InternalError", -32_603, false),
        (.answerTooLong(limit: 524_288), "UpstreamMalformed", -32_008, true),
        (.endpoint(.fipsWithCustomEndpoint), "InternalError", -32_603, false),
        (.waitedTooLong(seconds: 30), "DeadlineExceeded", -32_005, true),
        (.tooManyInFlight(limit: 32, ofThisUser: false), "TooManyInFlight", -32_010, true),
        (.tooManyInFlight(limit: 4_096, ofThisUser: true), "TooManyInFlight", -32_010, true),
        (.overloaded(limit: 16_384), "Overloaded", -32_003, true),
        (.tooManyRequests(seconds: 0.1), "RateLimited", -32_002, true),
        (.tooManyUpstreamCalls(seconds: 0.1), "RateLimited", -32_002, true),
        (.tooMuchPending(limit: 9, ofThisUser: true), "Overloaded", -32_003, true),
        (.lineTooLong(limit: 65_536), "LineTooLong", -32_009, false),
        (.lineTooSlow(seconds: 10), "LineTimeout", -32_013, false),
        (.idle(seconds: 0.5), "IdleTimeout", -32_012, true),
        (.readsTooSlowly(seconds: 30), "SlowReader", -32_015, false),
        (.tooManyConnections(limit: 1, ofThisUser: true), "TooManyConnections", -32_011, true),
        (.tooManyConnections(limit: 1, ofThisUser: false), "TooManyConnections", -32_011, true),
        (.locked, "Locked", -32_004, true), (.auditUnavailable, "AuditUnavailable", -32_016, true),
        (.wrongPassphrase, "WrongPassphrase", -32_018, false),
        (.passphraseBeingChecked, "RateLimited", -32_002, true),
        (.configurationInvalid(ConfigurationProblem("b.yaml:1:2: why")), "ConfigurationInvalid", -32_017, false),
        (.notAdministrator, "PermissionDenied", -32_001, false), (.noSuchAccount("x"), "InvalidParams", -32_602, false),
        (.shuttingDown, "ShuttingDown", -32_014, true), (.impossible, "InternalError", -32_603, false),
    ]

    @Test func `every failure has its type, its code, a text and whether to ask again`() {
        for (failure, type, code, retryable) in Self.table {
            let reply = ErrorReply(failure)
            #expect(reply.type == type)
            #expect(reply.code == code, "\(type)")
            #expect(reply.retryable == retryable, "\(type)")
            #expect(!reply.message.isEmpty, "\(type)")
            #expect(SchemaShape("ErrorData").faults(of: reply.json["data"] ?? .null).isEmpty, "\(type)")
        }
    }

    @Test func `every failure of the broker's own says what to do next`() {
        for (failure, type, _, _) in Self.table where ErrorReply(failure).origin == .broker {
            #expect(ErrorReply(failure).remedy?.isEmpty == false, "\(type)")
        }
    }

    @Test func `who asks too often is told when to ask again`() {
        for failure in [
            Failure.tooManyRequests(seconds: 0.123), .tooManyUpstreamCalls(seconds: 0.123),
        ] {
            #expect(ErrorReply(failure).retryAfterSeconds == 0.13)
        }
        #expect(ErrorReply(.overloaded(limit: 1)).retryAfterSeconds == 1)
    }

    @Test func `AWS's errors alone are of AWS's origin, with its status and request id`() {
        for (failure, type, code, _) in Self.table {
            let reply = ErrorReply(failure)
            #expect((reply.origin == .aws) == (code == ErrorReply.awsCode), "\(type)")
            guard reply.origin == .aws else { continue }
            #expect(reply.httpStatus != nil)
            #expect(reply.requestID == "r-1")
        }
    }

    /// A case that is added makes this switch fail to compile, and a case that the table lacks makes the test fail.
    @Test func `the table has every case`() {
        let cases = Set(Self.table.map { Self.name(of: $0.failure) })
        #expect(cases.count == 33)
    }

    private static func name(of failure: Failure) -> String {
        switch failure {
        case .refused: "refused"
        case .denied: "denied"
        case .regionMissing: "regionMissing"
        case .profileMissing: "profileMissing"
        case .regionUnknown: "regionUnknown"
        case .profileUnknown: "profileUnknown"
        case .credentials: "credentials"
        case .call: "call"
        case .answerTooLong: "answerTooLong"
        case .endpoint: "endpoint"
        case .waitedTooLong: "waitedTooLong"
        case .tooManyInFlight: "tooManyInFlight"
        case .overloaded: "overloaded"
        case .tooManyRequests: "tooManyRequests"
        case .tooManyUpstreamCalls: "tooManyUpstreamCalls"
        case .tooMuchPending: "tooMuchPending"
        case .lineTooLong: "lineTooLong"
        case .lineTooSlow: "lineTooSlow"
        case .idle: "idle"
        case .readsTooSlowly: "readsTooSlowly"
        case .tooManyConnections: "tooManyConnections"
        case .shuttingDown: "shuttingDown"
        case .locked: "locked"
        case .auditUnavailable: "auditUnavailable"
        case .wrongPassphrase: "wrongPassphrase"
        case .passphraseBeingChecked: "passphraseBeingChecked"
        case .configurationInvalid: "configurationInvalid"
        case .notAdministrator: "notAdministrator"
        case .noSuchAccount: "noSuchAccount"
        case .noSuchProfile: "noSuchProfile"
        case .keysUnusable: "keysUnusable"
        case .askedByItself: "askedByItself"
        case .impossible: "impossible"
        }
    }

    @Test(arguments: ["x", "é", "\u{1F600}"])
    func `AWS's texts are cut where they would only fill a terminal`(piece: String) {
        let long = String(repeating: piece, count: 100_000)
        let reply = ErrorReply(Self.aws(long, 400, message: long))
        #expect(reply.message.unicodeScalars.count == 4_097)
        #expect(reply.message.hasSuffix("…"))
        #expect(reply.type.unicodeScalars.count == 4_097)
        let fits = String(repeating: piece, count: 4_096)
        #expect(ErrorReply(Self.aws("E", 400, message: fits)).message == fits)
    }

    @Test func `a single character of any length is cut too`() {
        let message = "e" + String(repeating: "\u{301}", count: 100_000)
        #expect(ErrorReply(Self.aws("E", 400, message: message)).message.utf8.count < 10_000)
    }

    @Test func `where AWS says nothing, that is said`() {
        #expect(ErrorReply(Self.aws("AccessDeniedException", 403, message: "")).message.contains("403"))
    }

    @Test(arguments: [
        ("AccessDeniedException", "Macie is not enabled.", "enable"), ("AccessDeniedException", "no policy", "allow"),
        ("UnrecognizedClientException", "m", "key"), ("SignatureDoesNotMatch", "m", "clock"),
        ("ExpiredTokenException", "m", "expired"), ("ThrottlingException", "m", "later"),
    ])
    func `where more can be said than AWS says, the remedy says it`(code: String, message: String, word: String) {
        #expect(ErrorReply(Self.aws(code, 403, message: message)).remedy?.contains(word) == true)
    }

    @Test(arguments: [(30.0, "30 s"), (0.5, "0.5 s"), (1e9, "1000000000.0 s"), (0, "0 s")])
    func `seconds are written as a person would`(seconds: Double, text: String) {
        #expect(ErrorReply(.waitedTooLong(seconds: seconds)).message.hasSuffix(text))
    }
}
