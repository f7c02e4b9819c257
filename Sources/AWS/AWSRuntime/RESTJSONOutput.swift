import JSONText
package import Timestamps

/// The members of a restJson1 answer, read by name and type.
///
/// Unknown members and unknown enum values pass; a member that is absent or null is nil; a member of another type than
/// the model's is malformed, and so is a body that is not one JSON object. An empty body is an empty object: Smithy's
/// protocol tests ask for it (`RestJsonNoInputAndOutputNoPayload`), and botocore agrees.
package struct RESTJSONOutput: Sendable {
    private let object: JSONObject

    package init(_ response: HTTPExchangeResponse) throws(MalformedResponse) {
        guard !response.body.isEmpty else {
            object = JSONObject()
            return
        }
        let value: JSONValue
        do {
            value = try JSONValue(parsing: response.body, rules: .lenientAWS)
        } catch {
            throw MalformedResponse(reason: "the body is not JSON: \(error)")
        }
        guard let object = value.object else { throw MalformedResponse(reason: "the body is not a JSON object") }
        self.object = object
    }

    package func string(_ name: String) throws(MalformedResponse) -> String? {
        guard let value = present(name) else { return nil }
        guard let string = value.string else { throw MalformedResponse(reason: "\(name) is not a string") }
        return string
    }

    package func timestamp(_ name: String) throws(MalformedResponse) -> Timestamp? {
        guard let value = present(name) else { return nil }
        guard let timestamp = Timestamp(awsJSON: value) else {
            throw MalformedResponse(reason: "\(name) is not a timestamp of the years 1 to 9999")
        }
        return timestamp
    }

    private func present(_ name: String) -> JSONValue? {
        guard let value = object[name], !value.isNull else { return nil }
        return value
    }
}
