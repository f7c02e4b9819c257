import AWSRuntime
import Testing
import Timestamps

@Suite struct ServiceErrorTests {
    /// 2015-10-21T07:27:00Z.
    private static let now = Timestamp(seconds: 1_445_412_420)

    private static func error(
        _ status: Int, _ body: String, headers: [(name: String, value: String)] = []
    ) -> ServiceError {
        ServiceError(
            restJSON: HTTPExchangeResponse(status: status, headers: headers, body: Array(body.utf8)), at: now)
    }

    @Test(arguments: [
        (
            """
            <ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">
              <Error><Type>Sender</Type><Code>AccessDenied</Code>
              <Message>User: arn:aws:iam::1:user/x is not authorized to perform: x</Message></Error>
              <RequestId>r</RequestId></ErrorResponse>
            """, "AccessDenied", "User: arn:aws:iam::1:user/x is not authorized to perform: x"
        ),
        (
            """
            <?xml version="1.0"?><Response><Errors><Error><Code>SignatureDoesNotMatch</Code>\
            <Message>a &lt;b&gt; &amp;amp; &quot;c&quot; &apos;</Message></Error></Errors></Response>
            """,
            "SignatureDoesNotMatch", "a <b> &amp; \"c\" '"
        ),
        ("<Error><Code> InvalidClientTokenId </Code></Error>", "InvalidClientTokenId", ""),
        ("<Error><Code>A</Code><Message>&bomb; &#65;&</Message></Error>", "A", "&bomb; &#65;&"),
    ])
    func `an error in XML has its code and message`(body: String, code: String, message: String) {
        let error = Self.error(403, body)
        #expect(error.code == code && error.message == message && error.httpStatus == 403)
        #expect(Self.error(403, body, headers: [("x-amzn-ErrorType", "Named")]).code == "Named")
    }

    @Test(arguments: [
        "<Error><Code></Code></Error>", "<Error><Code>A", "<Error><Code><b>A</b></Code></Error>", "<Error>", "<",
        "<Error><Code>\(String(repeating: "x", count: 300))</Code></Error>", "<html><Error></html>",
    ])
    func `XML that names no code falls back on the status`(body: String) {
        #expect(Self.error(403, body).code == "403")
    }

    @Test func `a page of HTML becomes one short line`() {
        let page = "<!DOCTYPE html>\n<html>\r\n\t<body>" + String(repeating: "<p>blocked</p>\n", count: 100_000)
        let message = Self.error(403, page).message
        #expect(message.hasPrefix("<!DOCTYPE html> <html> <body><p>blocked</p> <p>"))
        #expect(message.count == 257 && message.hasSuffix("…"))
    }

    @Test func `bytes that are no text do no harm`() {
        let response = HTTPExchangeResponse(status: 502, body: [0xFF, 0xFE, 0x00, 0x3C])
        #expect(ServiceError(restJSON: response, at: Self.now).code == "502")
    }

    @Test(
        arguments: [
            ([("Retry-After", "3"), ("x-amz-retry-after", "1500")], 1.5), ([("Retry-After", "3")], 3),
            ([("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT")], 60),
            ([("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"), ("Date", "Wed, 21 Oct 2015 07:27:50 GMT")], 10),
            ([("Retry-After", "Wed, 21 Oct 2015 07:26:00 GMT")], 0), ([("retry-after", " 0 ")], 0),
            ([("Retry-After", "99999999999999999999")], 86_400), ([("Retry-After", "-1")], nil),
            ([("Retry-After", "1.5")], nil), ([("Retry-After", "soon")], nil), ([("Retry-After", "")], nil),
            ([("x-amz-retry-after", "x"), ("Retry-After", "2")], 2), ([], nil),
        ] as [([(String, String)], Double?)])
    func `the wait that AWS asks for is in seconds`(headers: [(String, String)], seconds: Double?) {
        let headers = headers.map { (name: $0.0, value: $0.1) }
        #expect(Self.error(429, "{}", headers: headers).retryAfter == seconds)
    }
}
