internal import BrokerAccess
internal import BrokerCore
internal import Timestamps

/// The one line that says that clients can connect, with which profiles, and whether there are keys to serve them.
struct ReadyLine {
    let text: String

    init(_ plan: Plan, _ upstream: MacieUpstream) async {
        var profiles: [String] = []
        let states = await CredentialProbe(upstream).states(of: plan.profiles.all.map(\.name))
        for (profile, state) in zip(plan.profiles.all, states) {
            let region = profile.region.map { "\($0), " } ?? ""
            profiles.append("\(profile.name) (\(region)\(Self.words(for: state)))")
        }
        let observes = plan.policy.mode == .observe ? ", mode: observe (nothing is refused by policy)" : ""
        let records = plan.configuration.audit.isEnabled ? "" : ", audit: off (nothing is recorded)"
        text = "ready: \(plan.socket), profiles: \(profiles.joined(separator: ", "))\(observes)\(records)\n"
    }

    static func words(for state: CredentialState) -> String {
        switch state.readiness {
        case .untried: "NO CREDENTIALS YET from \(state.source): still looking"
        case .ready(nil): "credentials from \(state.source)"
        case .ready(let expiresAt?): "credentials from \(state.source) until \(expiresAt.rfc3339)"
        case .unavailable(let reason): "NO CREDENTIALS from \(state.source): \(reason)"
        }
    }
}
