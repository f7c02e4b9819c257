internal import JSONText
internal import MacieBrokerClient

/// What came of a call, in the form that protocol/vectors/README.md gives it.
enum Outcome {
    static func of(_ answer: SessionAnswer) -> JSONValue {
        var session = JSONObject()
        session["createdAt"] = answer.session.createdAt.map { .string(milliseconds($0)) }
        session["findingPublishingFrequency"] = answer.session.findingPublishingFrequency.map(JSONValue.string)
        session["serviceRole"] = answer.session.serviceRole.map(JSONValue.string)
        session["status"] = answer.session.status.map(JSONValue.string)
        session["updatedAt"] = answer.session.updatedAt.map { .string(milliseconds($0)) }
        var provenance = JSONObject()
        provenance["profile"] = .string(answer.provenance.profile)
        provenance["region"] = .string(answer.provenance.region)
        provenance["requestId"] = answer.provenance.requestID.map(JSONValue.string)
        provenance["fetchedAt"] = .string(answer.provenance.fetchedAt.rfc3339)
        provenance["ageSeconds"] = JSONValue(answer.provenance.ageSeconds)
        provenance["cached"] = .bool(answer.provenance.cached)
        provenance["attempts"] = JSONValue(answer.provenance.attempts)
        return ["session": .object(session), "provenance": .object(provenance)]
    }

    static func of(_ failure: ClientFailure) -> JSONValue {
        switch failure {
        case .answered(let error): of(error)
        case .noBroker: plain("no-broker", failure)
        case .timedOut: plain("timeout", failure)
        case .connectionClosed: plain("closed", failure)
        case .protocolViolation: plain("protocol", failure)
        case .badParameters: plain("usage", failure)
        }
    }

    /// Where there is no client at all: calls that ask for a session have failed, a pause has not.
    static func ofBadStart(_ failure: ClientFailure, call: String) -> JSONValue {
        call.contains(#""pause""#) ? ["paused": true] : of(failure)
    }

    private static func of(_ error: BrokerError) -> JSONValue {
        var members = JSONObject([
            ("family", error.origin == .aws ? "aws" : "broker"), ("type", .string(error.type)),
            ("message", .string(error.message)), ("code", JSONValue(error.code)), ("retryable", .bool(error.retryable)),
        ])
        members["httpStatus"] = error.httpStatus.map { JSONValue($0) }
        members["requestId"] = error.requestID.map(JSONValue.string)
        members["remedy"] = error.remedy.map(JSONValue.string)
        members["retryAfterSeconds"] = error.retryAfterSeconds.map { JSONValue($0) }
        return ["error": .object(members)]
    }

    /// A person at a terminal sees both lines.
    private static func plain(_ family: String, _ failure: ClientFailure) -> JSONValue {
        let message = [failure.description, failure.remedy].compactMap { $0 }.joined(separator: ". ")
        return ["error": ["family": .string(family), "type": .string(family), "message": .string(message)]]
    }

    private static func milliseconds(_ timestamp: BrokerTimestamp) -> String {
        let digits = String(timestamp.nanoseconds / 1_000_000)
        let whole = BrokerTimestamp(secondsSinceEpoch: timestamp.secondsSinceEpoch).rfc3339
        return "\(whole.dropLast()).\(String(repeating: "0", count: 3 - digits.count))\(digits)Z"
    }
}
