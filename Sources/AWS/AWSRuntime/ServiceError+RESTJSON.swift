import JSONText
package import Timestamps

extension ServiceError {
    /// Reads an error of the restJson1 protocol: <https://smithy.io/2.0/aws/protocols/aws-restjson1-protocol.html>.
    ///
    /// The code is the first that is there of: header `x-amzn-ErrorType`, body `code` or `Code`, body `__type`,
    /// `<Code>` of an XML body (front ends in AWS's style answer so), the HTTP status. Never fails: a body in none of
    /// these forms becomes one bounded line of text.
    package init(restJSON response: HTTPExchangeResponse, at now: Timestamp) {
        let body = RESTErrorBody(response.body)
        let named = [response.header("x-amzn-errortype"), body.code, body.type].lazy.compactMap(Self.bareCode).first
        self.init(
            code: named ?? String(response.status),
            message: body.message ?? Self.reasonPhrase(of: response.status),
            httpStatus: response.status,
            requestID: response.requestID,
            retryAfter: RetryAfter.seconds(asked: response, at: now))
    }

    /// The longest code that is believed, in bytes; AWS's longest are about 60.
    private static let longestCode = 256

    /// `AccessDeniedException` out of `aws.macie#AccessDeniedException:http://internal/`: cut at the first ":", then
    /// what follows the last "#"; nil when nothing is left.
    private static func bareCode(_ text: String?) -> String? {
        guard let text else { return nil }
        let uncut = text.prefix { $0 != ":" }
        let bare = HeaderText.trimmed(uncut.lastIndex(of: "#").map { uncut[uncut.index(after: $0)...] } ?? uncut)
        return bare.isEmpty || bare.utf8.count > longestCode ? nil : bare
    }

    /// What an error that says nothing is told as: RFC 9110 and the IANA registry, for server errors only.
    private static func reasonPhrase(of status: Int) -> String {
        switch status {
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 502: "Bad Gateway"
        case 503: "Service Unavailable"
        case 504: "Gateway Timeout"
        case 505: "HTTP Version Not Supported"
        case 506: "Variant Also Negotiates"
        case 507: "Insufficient Storage"
        case 508: "Loop Detected"
        case 510: "Not Extended"
        case 511: "Network Authentication Required"
        default: ""
        }
    }
}

/// What the body of an error says, in whichever of the forms it came.
private struct RESTErrorBody {
    /// `code` or `Code`.
    var code: String?
    /// `__type`.
    var type: String?
    /// nil when the body says nothing: it is empty, or the bare page of a load balancer.
    var message: String?

    init(_ bytes: [UInt8]) {
        let text = HeaderText.trimmed(String(decoding: bytes.prefix(Self.scanned), as: UTF8.self))
        if let object = (try? JSONValue(parsing: bytes, rules: .lenientAWS))?.object {
            code = (object["code"] ?? object["Code"])?.string
            type = object["__type"]?.string
            message = Self.text(of: object["message"] ?? object["Message"])
        } else if let error = XMLErrorScan(text) {
            code = error.code
            message = error.message ?? ""
        } else if !text.isEmpty && !text.lowercased().hasPrefix("<html>") {
            message = Self.oneLine(text)
        }
    }

    /// How much of a body that is not JSON is looked at, in bytes.
    private static let scanned = 16_384

    /// How much of a body that is not JSON is told, in characters: enough to recognise a proxy's page.
    private static let told = 256

    private static func text(of message: JSONValue?) -> String {
        switch message {
        case .string(let text)?: text
        case nil, .null?: ""
        case .some(let value): oneLine(value.text)
        }
    }

    private static func oneLine(_ text: String) -> String {
        let line = text.split(whereSeparator: { $0.isWhitespace || $0.isNewline || $0 == "\0" }).joined(separator: " ")
        return line.count > told ? "\(line.prefix(told))…" : line
    }
}
