import Foundation
import JSONText
import Synchronization

/// Which policy is in force, as far as whoever changes it knows.
final class PolicyStage: Sendable {
    struct Scene: Equatable {
        /// nil: it is being changed.
        var policy: String?
        var number = 0
    }

    private let scene: Mutex<Scene>

    init(_ policy: String) { scene = Mutex(Scene(policy: policy)) }

    var now: Scene { scene.withLock { $0 } }

    func change(to policy: String?) {
        scene.withLock { $0 = Scene(policy: policy, number: $0.number + 1) }
    }
}

/// Something whose answer tells which of two policies has decided it: see `ReloadTests`.
struct Question: Sendable {
    var profile: String
    var isSession = false

    static let all = ["a", "b"].flatMap { [Question(profile: $0), Question(profile: $0, isSession: true)] }

    func line(_ id: Int) -> String {
        let (method, action) =
            isSession ? ("macie2.GetMacieSession", "") : ("broker.Explain", #""action":"macie2:GetMacieSession","#)
        return #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(action)"profile":"\#(profile)"}}"#
    }

    /// The rule that has decided, of those that may; nil when the answer is none that one policy as a whole can give.
    func rule(of reply: JSONValue) -> String? {
        let other = profile == "a" ? "b" : "a"
        let (grant, deny) = ("grant of \(profile)", "deny of \(other)")
        if isSession {
            if reply["result"]?["session"]?["status"] == "ENABLED" { return grant }
            let message = reply["error"]?["message"]?.string ?? ""
            return reply.errorType == "PermissionDenied" && message.contains("the rule \(deny) denies it") ? deny : nil
        }
        switch (reply["result"]?["allowed"], reply["result"]?["rule"]?.string) {
        case (true, grant): return grant
        case (false, deny): return deny
        default: return nil
        }
    }
}

/// A client that asks all questions at once, again and again, from a thread of its own, and looks at each reply.
final class ReloadAsker: Sendable {
    struct Answer {
        let id: Int
        let question: Question
        let rule: String
        /// Whether one policy was in force from before it was asked until it was answered.
        let wasHeld: Bool
    }

    private struct State {
        var answers: [Answer] = []
        var problems: [String] = []
        var rounds = 0
        var isOver = false
    }

    private let state = Mutex(State())
    private let ended = DispatchSemaphore(value: 0)
    private let stage: PolicyStage
    private let firstID: Int

    init(number: Int, of broker: BrokerProcess, stage: PolicyStage) throws {
        self.stage = stage
        firstID = (number + 1) * 10_000_000
        let path = broker.socketPath
        Thread { [self] in
            do {
                let connection = try RawConnection(path)
                while !state.withLock({ $0.isOver }) { try ask(connection) }
            } catch {
                complain("\(error)")
            }
            ended.signal()
        }.start()
    }

    /// How often it has asked all questions.
    var rounds: Int { state.withLock { $0.rounds } }

    var problems: [String] { state.withLock { $0.problems } }

    /// Ends it, after the last reply; all answers that it got.
    func stop() -> [Answer] {
        state.withLock { $0.isOver = true }
        ended.wait()
        return state.withLock { $0.answers }
    }

    private func complain(_ problem: String) {
        state.withLock {
            $0.problems.append(problem)
            $0.isOver = true
        }
    }

    /// One round. Replies come in any order: those about a session may have to wait for AWS.
    private func ask(_ connection: RawConnection) throws {
        let first = firstID + rounds * Question.all.count
        let scene = stage.now
        try connection.send(Question.all.enumerated().map { "\($1.line(first + $0))\n" }.joined())
        var open = Set(Question.all.indices)
        while !open.isEmpty {
            let reply = connection.readReply()
            guard let id = reply["id"]?.integer.map({ Int($0) }), open.remove(id - first) != nil else {
                return complain("no reply to \(open.map { first + $0 }), but \(reply)")
            }
            let question = Question.all[id - first]
            guard let rule = question.rule(of: reply) else { return complain("\(question): \(reply)") }
            let wasHeld = scene.policy != nil && stage.now == scene
            if wasHeld, let policy = scene.policy, !rule.hasSuffix(" of \(policy)") {
                return complain("\(question) by \(rule), when \(policy) was in force")
            }
            state.withLock { $0.answers.append(Answer(id: id, question: question, rule: rule, wasHeld: wasHeld)) }
        }
        state.withLock { $0.rounds += 1 }
    }
}
