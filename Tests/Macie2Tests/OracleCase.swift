import AWSRuntime
import Foundation
import JSONText
import Macie2
import Timestamps

/// One HTTP response, and what botocore makes of it.
struct OracleCase {
    let id: String
    let response: HTTPExchangeResponse
    let expected: JSONValue

    init?(_ line: JSONValue) {
        guard let id = line["id"]?.string, let response = line["response"], let status = response["status"]?.integer,
            let body = response["body_base64"]?.string.flatMap({ Data(base64Encoded: $0) }),
            let headers = response["headers"]?.object, let expected = line["expected"]
        else { return nil }
        self.id = id
        self.expected = expected
        self.response = HTTPExchangeResponse(
            status: Int(status), headers: headers.members.map { ($0.name, $0.value.string ?? "") },
            body: [UInt8](body))
    }

    /// The lines of an oracle file. botocore keeps half surrogate pairs, which no JSON of ours holds: they are read as
    /// U+FFFD, and so never equal what we make of them.
    static func lines(_ bytes: [UInt8]) throws -> [OracleCase?] {
        try bytes.split(separator: UInt8(ascii: "\n")).map { line in
            if let value = try? JSONValue(parsing: Array(line), rules: .lenientAWS) { return OracleCase(value) }
            let text = String(decoding: line, as: UTF8.self)
                .replacing(#/\\ud[89a-f][0-9a-f]{2}/#.ignoresCase(), with: "\\ufffd")
            return OracleCase(try JSONValue(parsing: Array(text.utf8), rules: .lenientAWS))
        }
    }

    /// What we make of the response, by the road that `AWSClient` takes.
    var outcome: Outcome {
        guard (200..<300).contains(response.status) else {
            return .error(ServiceError(restJSON: response, at: Timestamp(seconds: 1_600_000_000)))
        }
        do {
            return .session(try GetMacieSession.parse(response))
        } catch {
            return .malformed
        }
    }

    enum Outcome {
        case session(MacieSession)
        case error(ServiceError)
        case malformed
    }
}

/// Where we do not follow botocore, and why. Everything else must equal it.
enum DeliberateDifference: String, CaseIterable {
    /// Success with a body that is not one JSON object. botocore, too lax to copy, gives an empty success or fails
    /// with a Python error. Ours: malformed.
    case notAnObject
    /// A member whose JSON type is not the model's: botocore hands it on. Ours: malformed.
    case wrongType
    /// A timestamp that botocore fails on with a Python error. Ours: malformed.
    case noTimestamp
    /// A timestamp in none of the forms that AWS is known to write, at which dateutil guesses. Ours: malformed.
    case guessedTimestamp
    /// An error at whose body botocore fails with a Python error. Ours: the code of the header, else the status.
    case errorNotAnObject
    /// A code that is empty, null or no string. Ours: the next place that names one, at last the status.
    case noCode
    /// Blanks around a code. Ours: dropped.
    case blanksAroundCode
    /// A server error without a body, or with a bare page: botocore ignores its headers. Ours: the header's code, as
    /// Smithy asks, and its request id.
    case headersOfServerError
    /// An error in XML: botocore reports the status, and the XML as message. Ours: its `<Code>` and `<Message>`.
    case errorInXML
    /// An error in any other text: botocore makes all of it the message. Ours: one line of at most 256 characters.
    case errorInText
    /// A message that is no string. Ours: "" for null, else its JSON.
    case messageNotAString
}
