package import Timestamps

/// The rules that name one peer. A class, for it goes along with every request and need not be copied for it.
package final class Rights: Sendable {
    package let peer: Peer
    package let mode: Policy.Mode
    /// The grants that name the peer.
    package let grants: [Rule]
    /// The denies that name the peer.
    package let denies: [Rule]
    /// Whether a rule that names the peer narrows, so that its process may have to be looked at.
    package let needsProcess: Bool
    /// Those that do not name the peer too: the nearest one may be among them.
    private let allGrants: [Rule]

    init(of peer: Peer, in policy: Policy) {
        self.peer = peer
        mode = policy.mode
        grants = policy.grants.filter { $0.names(peer) }
        denies = policy.denies.filter { $0.names(peer) }
        needsProcess = grants.contains(where: \.narrows) || denies.contains(where: \.narrows)
        allGrants = policy.grants
    }

    /// Decides one request. A deny that covers it wins; else the first grant that covers it allows it.
    ///
    /// `process` tells what the asking process is. It is called at most once: when a rule that covers all the rest narrows, or
    /// when a denied request is compared with grants that narrow.
    package func decide(
        _ request: AccessRequest, at now: Timestamp, process: () -> ProcessSight
    ) -> Decision {
        var seen: ProcessSight?
        func look() -> ProcessSight {
            if let seen { return seen }
            let sight = process()
            seen = sight
            return sight
        }
        for deny in denies where deny.covers(request, at: now) {
            // What cannot be known may be what is forbidden.
            if !deny.narrows || deny.covers(look()) != false {
                return outcome(Denial(rule: deny))
            }
        }
        for grant in grants where grant.covers(request, at: now) {
            if !grant.narrows || grant.covers(look()) == true { return .allowed(grant) }
        }
        return outcome(
            Denial(
                rule: nil, nearest: nearest(to: request, among: allGrants, look, at: now),
                nearestOfCaller: nearest(to: request, among: grants, look, at: now)))
    }

    private func outcome(_ denial: Denial) -> Decision {
        switch mode {
        case .enforce: .denied(denial)
        case .observe: .wouldDeny(denial)
        }
    }

    /// The rule that lacks least, the first of several. One lack is the least that a denied request can have.
    private func nearest(
        to request: AccessRequest, among rules: [Rule], _ process: () -> ProcessSight, at now: Timestamp
    ) -> Denial.Nearest? {
        var best: (rule: Rule, lacks: Lacks)?
        for rule in rules {
            let lacks = rule.lacks(peer, request, process, at: now)
            if lacks.count < best?.lacks.count ?? .max { best = (rule, lacks) }
            if lacks.count == 1 { break }
        }
        return best.map { Denial.Nearest(rule: $0.rule, lacks: $0.lacks.list) }
    }
}
