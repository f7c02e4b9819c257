import AWSRuntime
import Foundation
import JSONText
import Macie2
import Timestamps

/// Whether what we make of a response is botocore's result, or the difference that we mean.
struct Verdict {
    private(set) var difference: DeliberateDifference?
    /// nil when all is well.
    private(set) var problem: String?

    init(_ oracle: OracleCase) {
        if (200..<300).contains(oracle.response.status) {
            judgeSuccess(oracle)
        } else {
            judgeError(oracle)
        }
    }

    // MARK: Success

    private mutating func judgeSuccess(_ oracle: OracleCase) {
        let body = oracle.response.body.isEmpty ? Array("{}".utf8) : oracle.response.body
        let document = try? JSONValue(parsing: body, rules: .lenientAWS)
        if document?.object == nil {
            difference = .notAnObject
        } else if oracle.expected["exception"] != nil {
            difference = .noTimestamp
        } else if let document, Self.hasWrongType(document) {
            difference = .wrongType
        } else if let document, Self.hasGuessedTimestamp(document) {
            difference = .guessedTimestamp
        }
        switch (difference, oracle.outcome) {
        case (nil, .session(let session)), (.guessedTimestamp, .session(let session)):
            difference = nil
            compare(session, with: oracle.expected["output"] ?? .null)
            if oracle.response.requestID != oracle.expected["request_id"]?.string { problem = "another request id" }
        case (nil, let outcome): problem = "\(outcome)"
        case (.some, .malformed): break
        case (.some, let outcome): problem = "\(outcome), not malformed"
        }
    }

    private static let timestamps = ["createdAt", "updatedAt"]
    private static let strings = ["findingPublishingFrequency", "serviceRole", "status"]

    private static func hasWrongType(_ document: JSONValue) -> Bool {
        strings.contains { name in
            document[name].map { !$0.isNull && $0.string == nil } ?? false
        } || timestamps.contains { document[$0]?.bool != nil }
    }

    /// ISO 8601, seconds since 1970, and the dates of HTTP and ctime are no guess.
    private static func hasGuessedTimestamp(_ document: JSONValue) -> Bool {
        let iso = #/\d{4}-?\d\d-?\d\d([Tt ]\d\d:?\d\d(:?\d\d([.,]\d{1,9})?)? ?(Z|z|GMT|UTC|[+-]\d\d(:?\d\d)?)?)?/#
        let seconds = #/[+-]?\d+(\.\d*)?([eE][+-]?\d+)?/#
        let http = #/\w+, \d\d[ -]\w{3}[ -]\d{2,4} \d\d:\d\d:\d\d GMT|\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}/#
        return timestamps.compactMap { document[$0]?.string }.contains { text in
            text.wholeMatch(of: iso) == nil && text.wholeMatch(of: seconds) == nil && text.wholeMatch(of: http) == nil
        }
    }

    private mutating func compare(_ session: MacieSession, with expected: JSONValue) {
        let ours = [
            "findingPublishingFrequency": session.findingPublishingFrequency, "serviceRole": session.serviceRole,
            "status": session.status,
        ]
        for name in Self.strings where ours[name] ?? nil != expected[name]?.string { problem = "another \(name)" }
        for (name, ours) in ["createdAt": session.createdAt, "updatedAt": session.updatedAt] {
            let theirs = Self.instant(expected[name])
            guard let ours, let theirs else {
                if (ours == nil) != (theirs == nil) { problem = "another \(name)" }
                continue
            }
            // botocore cuts to microseconds, and the epoch is a double.
            let seconds = ours.secondsSince(Timestamp(seconds: 0))
            if abs(seconds - theirs) > max(1e-6, theirs.ulp * 2) { problem = "\(name) is \(ours.rfc3339)" }
        }
    }

    /// An instant without a zone is UTC.
    private static func instant(_ value: JSONValue?) -> Double? {
        if let epoch = value?["epoch_if_aware"]?.double { return epoch }
        guard let text = value?["$datetime"]?.string else { return nil }
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime]
        let parts = text.split(separator: ".")
        let whole = parts.first.flatMap { formatter.date(from: "\($0)Z") }?.timeIntervalSince1970
        let fraction = parts.count > 1 ? Double("0.\(parts[1])") ?? 0 : 0
        return whole.map { $0 + fraction }
    }

    // MARK: Errors

    private mutating func judgeError(_ oracle: OracleCase) {
        guard case .error(let error) = oracle.outcome else {
            problem = "\(oracle.outcome)"
            return
        }
        if error.httpStatus != oracle.response.status { problem = "another status" }
        guard oracle.expected["exception"] == nil else {
            difference = .errorNotAnObject
            let named = oracle.response.header("x-amzn-errortype")
            if error.code != named ?? String(oracle.response.status) { problem = "code \(error.code)" }
            return
        }
        let expected = oracle.expected["error"] ?? .null
        if error.requestID != expected["request_id"]?.string {
            difference = .headersOfServerError
            if expected["request_id"]?.isNull != true || error.httpStatus < 500 { problem = "another request id" }
        }
        judgeMessage(error.message, expected["message"] ?? .null, oracle)
        judgeCode(error, expected, oracle)
    }

    private mutating func judgeCode(_ error: ServiceError, _ expected: JSONValue, _ oracle: OracleCase) {
        let theirs = expected["code"]?.string ?? ""
        var wanted = theirs.trimmingCharacters(in: .whitespacesAndNewlines)
        if wanted != theirs { difference = .blanksAroundCode }
        if wanted.isEmpty {
            difference = .noCode
            let body = try? JSONValue(parsing: oracle.response.body, rules: .lenientAWS)
            let elsewhere = ["code", "Code", "__type"].compactMap { body?[$0]?.string }.first { !$0.isEmpty }
            wanted = elsewhere ?? String(oracle.response.status)
        }
        if difference == .errorInXML, let code = Self.element("Code", of: oracle), wanted == "\(oracle.response.status)"
        {
            wanted = code
        }
        if oracle.response.status >= 500, let header = oracle.response.header("x-amzn-errortype"), wanted != header,
            wanted == String(oracle.response.status), !header.isEmpty
        {
            difference = .headersOfServerError
            wanted = header
        }
        if error.code != wanted { problem = "code \(error.code)" }
        let isModelled = GetMacieSession.Exception(rawValue: error.code) != nil
        if wanted == theirs, isModelled != (expected["exception_class"]?.string != "ClientError") {
            problem = "another exception"
        }
    }

    private mutating func judgeMessage(_ ours: String, _ theirs: JSONValue, _ oracle: OracleCase) {
        let body = String(decoding: oracle.response.body, as: UTF8.self)
        guard let text = theirs.string else {
            difference = .messageNotAString
            if ours != (theirs.isNull ? "" : theirs.text) { problem = "another message" }
            return
        }
        let isJSON = (try? JSONValue(parsing: oracle.response.body, rules: .lenientAWS))?.object != nil
        guard !isJSON, text == body, ours != text else {
            if ours != text { problem = "another message" }
            return
        }
        if let message = Self.element("Message", of: oracle) {
            difference = .errorInXML
            if ours != message { problem = "message \(ours)" }
            return
        }
        difference = .errorInText
        let line = body.trimmingPrefix("\u{FEFF}").split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let told = ours.trimmingPrefix("\u{FEFF}").hasSuffix("…") ? String(ours.dropLast()) : ours
        if !line.hasPrefix(told.trimmingPrefix("\u{FEFF}")) || ours.count > 257 { problem = "message \(ours)" }
    }

    private static func element(_ name: String, of oracle: OracleCase) -> String? {
        let parts = String(decoding: oracle.response.body, as: UTF8.self).components(separatedBy: "<\(name)>")
        guard parts.count > 1, let text = parts[1].components(separatedBy: "</\(name)>").first else { return nil }
        return [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
            .reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
}
