import JSONText

/// What another process may tell the simulator at run time. Not AWS's API: it exists only when control is enabled.
///
///     PUT /simulator/behaviour   {"kind":"normal"}
///                                {"kind":"fail","exception":"ThrottlingException","message":"…"?,"times":2?}
///                                {"kind":"slow","milliseconds":300,"times":1?}
///                                {"kind":"malformed","how":"truncated","times":1?}
///                                {"kind":"hangUp","times":1?}
///                                {"kind":"away","milliseconds":500}
///                                {"kind":"clock","offsetSeconds":900}
///     PUT /simulator/session     the members to be served
///     GET /simulator/calls       → {"calls":3,"refused":1}
enum ControlRequest: Equatable {
    case behave(SimulatedBehaviour, times: Int?)
    /// Closes every connection and the listener, and comes back on the same port.
    case goAway(Duration)
    case setClock(offsetSeconds: Double)
    case serve(JSONObject)
    case readCalls

    struct Failure: Error, Equatable {
        let message: String
        var status = 400
    }

    static func isControl(_ request: ReceivedRequest) -> Bool { request.path.hasPrefix("/simulator/") }

    init(_ request: ReceivedRequest) throws(Failure) {
        switch (request.method, request.path) {
        case ("GET", "/simulator/calls"): self = .readCalls
        case ("PUT", "/simulator/session"): self = .serve(try Self.object(in: request.body))
        case ("PUT", "/simulator/behaviour"): self = try Self.behaviour(in: Self.object(in: request.body))
        default: throw Failure(message: "no such control path", status: 404)
        }
    }

    private static func object(in body: [UInt8]) throws(Failure) -> JSONObject {
        guard let object = (try? JSONValue(parsing: body))?.object else {
            throw Failure(message: "the body is not a JSON object")
        }
        return object
    }

    private static func behaviour(in object: JSONObject) throws(Failure) -> ControlRequest {
        var members = Members(object)
        let request: ControlRequest
        switch try members.string("kind") {
        case "normal": request = .behave(.normal, times: nil)
        case "fail":
            guard let exception = SimulatedException(rawValue: try members.string("exception")) else {
                throw Failure(message: "\"exception\" is none of GetMacieSession's")
            }
            let message = try members.optionalString("message")
            request = .behave(.fail(exception, message: message), times: try members.times())
        case "slow": request = .behave(.slow(try members.milliseconds()), times: try members.times())
        case "malformed":
            guard let malformation = Malformation(rawValue: try members.string("how")) else {
                throw Failure(message: "\"how\" is none of \(Malformation.allCases.map(\.rawValue))")
            }
            request = .behave(.malformed(malformation), times: try members.times())
        case "hangUp": request = .behave(.hangUp, times: try members.times())
        case "away": request = .goAway(try members.milliseconds())
        case "clock": request = .setClock(offsetSeconds: try members.number("offsetSeconds"))
        default: throw Failure(message: "\"kind\" is not known")
        }
        try members.expectNoMore()
        return request
    }
}

/// The members of an object, each taken once, so that one left over is told.
private struct Members {
    private var rest: JSONObject

    init(_ object: JSONObject) {
        rest = object
    }

    mutating func string(_ name: String) throws(ControlRequest.Failure) -> String {
        guard let value = try optionalString(name) else { throw wrong(name, "a string") }
        return value
    }

    mutating func optionalString(_ name: String) throws(ControlRequest.Failure) -> String? {
        guard let value = take(name) else { return nil }
        guard let string = value.string else { throw wrong(name, "a string") }
        return string
    }

    mutating func number(_ name: String) throws(ControlRequest.Failure) -> Double {
        guard let value = take(name)?.double else { throw wrong(name, "a number") }
        return value
    }

    /// At most an hour.
    mutating func milliseconds() throws(ControlRequest.Failure) -> Duration {
        guard let value = take("milliseconds")?.integer, (0...3_600_000).contains(value) else {
            throw wrong("milliseconds", "an integer from 0 to 3600000")
        }
        return .milliseconds(value)
    }

    mutating func times() throws(ControlRequest.Failure) -> Int? {
        guard let value = take("times") else { return nil }
        guard let times = value.integer.flatMap({ Int(exactly: $0) }), times > 0 else {
            throw wrong("times", "a positive integer")
        }
        return times
    }

    func expectNoMore() throws(ControlRequest.Failure) {
        guard let member = rest.members.first else { return }
        throw ControlRequest.Failure(message: "\"\(member.name)\" is not known here")
    }

    private mutating func take(_ name: String) -> JSONValue? {
        defer { rest[name] = nil }
        return rest[name]
    }

    private func wrong(_ name: String, _ expected: String) -> ControlRequest.Failure {
        ControlRequest.Failure(message: "\"\(name)\" must be \(expected)")
    }
}
