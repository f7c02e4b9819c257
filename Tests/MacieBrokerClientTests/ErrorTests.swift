import MacieBrokerClient
import Testing

@Suite struct ErrorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let json: String
        let status: ShellStatus
        let text: String
        var testDescription: String { json }
    }

    static let cases = [
        Case(
            json: #"""
                {"code":-32000,"message":"Macie is not enabled","data":{"type":"AccessDeniedException","origin":"aws",\#
                "httpStatus":403,"requestId":"r-1","retryable":false}}
                """#,
            status: .refusedByAWS,
            text: """
                macie-broker: AccessDeniedException: Macie is not enabled
                  answered by AWS, HTTP 403, request r-1
                  next: Show this to whoever looks after the broker's AWS account.

                """),
        Case(
            json: #"""
                {"code":-32000,"message":"Rate exceeded","data":{"type":"ThrottlingException","origin":"aws",\#
                "httpStatus":429,"retryable":true,"retryAfterSeconds":2}}
                """#,
            status: .worthRetrying,
            text: """
                macie-broker: ThrottlingException: Rate exceeded
                  answered by AWS, HTTP 429
                  next: Try again in 2 seconds.

                """),
        Case(
            json: #"""
                {"code":-32001,"message":"no grant names uid 1001","data":{"type":"PermissionDenied",\#
                "origin":"broker","retryable":false,"remedy":"Ask root."}}
                """#,
            status: .refusedByPolicy,
            text: """
                macie-broker: PermissionDenied: no grant names uid 1001
                  next: Ask root.

                """),
        Case(
            json: #"{"code":-32001,"message":"no","data":{"type":"PermissionDenied","origin":"broker"}}"#,
            status: .refusedByPolicy,
            text: """
                macie-broker: PermissionDenied: no
                  next: See with `macie-broker whoami` what you may do; whoever runs the broker can grant more.

                """),
        Case(
            json: #"{"code":-32003,"message":"busy","data":{"type":"Overloaded","origin":"broker","retryable":true}}"#,
            status: .worthRetrying,
            text: """
                macie-broker: Overloaded: busy
                  next: Try again.

                """),
        Case(
            json: #"{"code":-32601,"message":"no method x\u001b[2J","data":{"type":"MethodNotFound","later":{}}}"#,
            status: .otherFailure,
            text: """
                macie-broker: MethodNotFound: no method x\\u{1B}[2J
                  next: The broker's log says more.

                """),
        Case(
            json: #"{"code":-32603,"message":"from a foreign server"}"#, status: .otherFailure,
            text: """
                macie-broker: UnnamedError: from a foreign server
                  next: The broker's log says more.

                """),
        Case(
            json: #"{"code":-1,"message":"m","data":{"type":"AccessDenied","origin":"moon","httpStatus":null}}"#,
            status: .otherFailure,
            text: """
                macie-broker: AccessDenied: m
                  next: The broker's log says more.

                """),
    ]

    @Test(arguments: cases) func `an error has its exit status, and says what to do next`(_ one: Case) throws {
        let failure = ClientFailure.answered(try Samples.error(one.json))
        #expect(ShellStatus(failure) == one.status)
        #expect(FailureText(failure, ink: .plain).text == one.text)
    }

    @Test(arguments: [
        (-32002, "RateLimited", true, ShellStatus.worthRetrying), (-32003, "Overloaded", true, .worthRetrying),
        (-32004, "Locked", true, .worthRetrying), (-32016, "AuditUnavailable", true, .worthRetrying),
        (-32017, "ConfigurationInvalid", false, .otherFailure), (-32018, "WrongPassphrase", false, .otherFailure),
        (-32001, "PermissionDenied", false, .refusedByPolicy),
    ])
    func `a refusal of the broker's own has its exit status`(
        code: Int, type: String, retryable: Bool, status: ShellStatus
    ) throws {
        let data = #"{"type":"\#(type)","origin":"broker","retryable":\#(retryable)}"#
        let error = try Samples.error(#"{"code":\#(code),"message":"m","data":\#(data)}"#)
        #expect(ShellStatus(.answered(error)) == status)
    }

    @Test func `an error has all its members`() throws {
        let error = try Samples.error(
            #"""
            {"code":-32000,"message":"m","data":{"type":"t","origin":"aws","httpStatus":402,"requestId":"r",\#
            "retryable":true,"retryAfterSeconds":1.5,"remedy":"x"}}
            """#)
        #expect(error.code == -32000 && error.message == "m" && error.type == "t" && error.origin == .aws)
        #expect(error.httpStatus == 402 && error.requestID == "r" && error.retryable)
        #expect(error.retryAfterSeconds == 1.5 && error.remedy == "x")
    }

    static let failures: [(ClientFailure, ShellStatus)] = [
        (.noBroker(at: "/run/x", .nothingThere), .noBroker),
        (.noBroker(at: "/run/x", .nobodyListens), .noBroker),
        (.noBroker(at: "/run/x", .notPermitted), .noBroker),
        (.noBroker(at: "/run/x", .badPath), .noBroker),
        (.noBroker(at: "MACIE_BROKER_FD=9", .badDescriptor), .noBroker),
        (.noBroker(at: "/run/x", .socketsForbidden), .noBroker),
        (.noBroker(at: "/run/x", .system(errno: 24)), .noBroker),
        (.timedOut(afterSeconds: 30), .worthRetrying),
        (.connectionClosed, .worthRetrying),
        (.protocolViolation("x"), .otherFailure),
        (.badParameters("x"), .usage),
    ]

    @Test(arguments: failures)
    func `every failure without an answer has its exit status and its remedy`(
        _ failure: ClientFailure, _ status: ShellStatus
    ) {
        #expect(ShellStatus(failure) == status)
        #expect(failure.remedy?.isEmpty == false)
        let lines = FailureText(failure, ink: .plain).text.split(separator: "\n")
        #expect(lines.count == 2 && lines[1].hasPrefix("  next: "))
    }

    @Test func `exit statuses are the ones promised`() {
        let statuses: [ShellStatus] = [
            .success, .refusedByAWS, .usage, .noBroker, .otherFailure, .worthRetrying, .refusedByPolicy,
        ]
        #expect(statuses.map(\.rawValue) == [0, 1, 64, 69, 70, 75, 77])
    }
}
