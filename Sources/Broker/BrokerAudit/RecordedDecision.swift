/// A decision as a record tells it: the rule by its name and place, and for a denial what the nearest rule lacked.
package enum RecordedDecision: Sendable, Equatable {
    /// `at` is `file:line`, where the rule has one.
    case allow(rule: String, at: String?)
    case deny(rule: String?, at: String?, lacks: [String])
    /// What mode observe let through, and enforcing would have denied.
    case wouldDeny(rule: String?, at: String?, lacks: [String])

    /// Appends the members, each with the comma before it.
    func write(to out: inout LineBuffer) {
        switch self {
        case .allow(let rule, let at):
            out.append(",\"decision\":\"allow\"")
            Self.write(rule: rule, at: at, to: &out)
        case .deny(let rule, let at, let lacks):
            out.append(",\"decision\":\"deny\"")
            Self.write(rule: rule, at: at, to: &out)
            Self.write(lacks: lacks, to: &out)
        case .wouldDeny(let rule, let at, let lacks):
            out.append(",\"decision\":\"wouldDeny\"")
            Self.write(rule: rule, at: at, to: &out)
            Self.write(lacks: lacks, to: &out)
        }
    }

    private static func write(rule: String?, at place: String?, to out: inout LineBuffer) {
        if let rule { RecordText.append(",\"rule\":", rule, to: &out) }
        if let place { RecordText.append(",\"ruleAt\":", place, to: &out) }
    }

    private static func write(lacks: [String], to out: inout LineBuffer) {
        guard !lacks.isEmpty else { return }
        out.append(",\"lacks\":[")
        for (index, lack) in lacks.enumerated() { RecordText.append(index == 0 ? "" : ",", lack, to: &out) }
        out.append("]")
    }
}
