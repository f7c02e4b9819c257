import JSONText

/// What the simulated account is like, and what has been asked of it: a value, changed under one lock.
struct SimulatorState {
    var session: JSONObject
    /// Seconds by which the simulator's clock is ahead of the real one.
    var clockOffset = 0.0
    private(set) var calls = CallCount()
    private(set) var lastRequest: ReceivedRequest?
    private var behaviour = SimulatedBehaviour.normal
    /// How many answers the behaviour still holds for; nil: until told otherwise.
    private var remaining: Int?

    init(session: JSONObject) {
        self.session = session
    }

    mutating func behave(_ behaviour: SimulatedBehaviour, times: Int?) {
        self.behaviour = behaviour
        remaining = times
    }

    /// The answer to a request that the gate has judged; nil is the silence of a connection that is closed.
    mutating func answer(to request: ReceivedRequest, refusal: GateRefusal?) -> SimulatedAnswer? {
        lastRequest = request
        calls.calls += 1
        if let refusal {
            calls.refused += 1
            return SimulatedAnswer(errorType: refusal.code, message: refusal.message, status: 403)
        }
        guard request.path == "/macie", request.method == "GET" else {
            return SimulatedAnswer(errorType: "UnknownOperationException", message: "Unknown operation", status: 404)
        }
        return answer(behaving: nextBehaviour())
    }

    private mutating func nextBehaviour() -> SimulatedBehaviour {
        guard let remaining else { return behaviour }
        guard remaining > 0 else { return .normal }
        self.remaining = remaining - 1
        return behaviour
    }

    private func answer(behaving behaviour: SimulatedBehaviour) -> SimulatedAnswer? {
        var answer = SimulatedAnswer(.object(session))
        switch behaviour {
        case .normal: break
        case .fail(let exception, let message):
            return SimulatedAnswer(
                errorType: exception.rawValue, message: message ?? exception.ownMessage, status: exception.httpStatus)
        case .slow(let delay): answer.delay = delay
        case .malformed(let malformation): answer.distort(by: malformation)
        case .hangUp: return nil
        }
        return answer
    }
}

/// How often the simulated API was asked. Control requests do not count.
package struct CallCount: Sendable, Equatable {
    /// Every request, refused ones too.
    package var calls = 0
    /// Those whose signature was refused.
    package var refused = 0

    package init(calls: Int = 0, refused: Int = 0) {
        self.calls = calls
        self.refused = refused
    }
}

extension SimulatedAnswer {
    fileprivate mutating func distort(by malformation: Malformation) {
        switch malformation {
        case .truncated: body = Array(body.prefix(body.count / 2))
        case .notJSON:
            body = Array("<html><body>Service temporarily moved</body></html>".utf8)
            headers = [("Content-Type", "text/html")]
        case .byteOrderMark: body = [0xEF, 0xBB, 0xBF] + body
        case .tooLong:
            let padding = String(repeating: "x", count: 2 << 20)
            body = Array(JSONValue.object(JSONObject([("padding", .string(padding))])).text.utf8)
        case .wrongContentLength: framing = .promisingMore(1)
        }
    }
}
