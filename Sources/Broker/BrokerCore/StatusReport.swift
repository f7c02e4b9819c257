internal import AWSRuntime
internal import BrokerAccess
internal import BrokerWire
internal import JSONText
internal import Timestamps

/// The answer to `broker.Status`. Of profiles it shows only those that the caller may use.
struct StatusReport {
    let setup: BrokerSetup
    let counters: Counters
    let cacheEntries: Int
    let cacheHits: UInt64
    let cacheMisses: UInt64
    let flights: Int
    let rights: Rights
    let now: Moment

    var json: JSONValue {
        [
            "name": "macie-broker", "version": .string(setup.version), "protocol": 1,
            "pid": JSONValue(setup.processID), "startedAt": .string(setup.started.wall.wholeMilliseconds.rfc3339),
            "uptimeSeconds": JSONValue(Int64(now.seconds(since: setup.started))),
            "socket": .string(setup.socketPath), "profiles": .array(visibleProfiles.map(entry)),
            "connections": [
                "open": JSONValue(counters.connectionsOpen), "accepted": JSONValue(counters.connectionsAccepted),
                "refused": JSONValue(counters.connectionsRefused),
            ],
            "requests": [
                "answered": JSONValue(counters.answered), "refused": JSONValue(counters.refused),
                "failed": JSONValue(counters.failed),
            ],
            "cache": [
                "entries": JSONValue(cacheEntries), "hits": JSONValue(cacheHits), "misses": JSONValue(cacheMisses),
            ],
            "upstream": [
                "calls": JSONValue(counters.upstreamCalls), "failures": JSONValue(counters.upstreamFailures),
                "inFlight": JSONValue(flights),
            ],
        ]
    }

    private var visibleProfiles: [Profile] {
        setup.profiles.all.filter { profile in
            rights.grants.contains { $0.profiles?.contains { $0.matches(profile.name.name) } ?? true }
        }
    }

    private func entry(_ profile: Profile) -> JSONValue {
        let state = setup.upstream.credentialState(of: profile.name)
        var credentials = JSONObject([("source", .string(state.source))])
        switch state.readiness {
        case .untried: credentials["state"] = "untried"
        case .ready(let expiresAt):
            credentials["state"] = "ready"
            credentials["expiresAt"] = expiresAt.map { .string($0) }
        case .unavailable(let reason):
            credentials["state"] = "unavailable"
            credentials["reason"] = .string(reason)
        }
        var object = JSONObject([("name", .string(profile.name.name))])
        object["region"] = profile.region.map { .string($0.name) }
        object["credentials"] = .object(credentials)
        return .object(object)
    }
}
