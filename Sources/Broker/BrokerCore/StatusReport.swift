internal import AWSRuntime
internal import BrokerAccess
internal import BrokerAudit
internal import BrokerWire
internal import JSONText
internal import Timestamps

/// The answer to `broker.Status`, which shows of profiles only those that the caller may use; and to `admin.Status`.
struct StatusReport {
    let broker: Broker
    /// Which profiles are shown.
    let visible: (Profile) -> Bool
    let now: Moment

    private var setup: BrokerSetup { broker.setup }
    private var counters: Counters { broker.counters }

    var value: JSONValue { .object(json) }

    /// What everybody may know.
    var json: JSONObject {
        var object = JSONObject([
            ("name", "macie-broker"), ("version", .string(setup.identity.version)), ("protocol", 1),
            ("pid", JSONValue(setup.identity.processID)),
            ("startedAt", .string(setup.identity.started.wall.wholeMilliseconds.rfc3339)),
            ("uptimeSeconds", JSONValue(Int64(now.seconds(since: setup.identity.started)))),
            ("socket", .string(setup.identity.socketPath)), ("mode", .string(setup.policy.mode.rawValue)),
            ("locked", .bool(broker.lock.isLocked)), ("audit", .object(audit)),
            ("profiles", .array(setup.profiles.all.filter(visible).map(entry))),
        ])
        object["connections"] = [
            "open": JSONValue(counters.connectionsOpen), "accepted": JSONValue(counters.connectionsAccepted),
            "refused": JSONValue(counters.connectionsRefused),
        ]
        object["requests"] = [
            "answered": JSONValue(counters.answered), "refused": JSONValue(counters.refused),
            "failed": JSONValue(counters.failed),
        ]
        object["cache"] = [
            "entries": JSONValue(broker.cache.count), "hits": JSONValue(broker.cache.hits),
            "misses": JSONValue(broker.cache.misses),
        ]
        object["upstream"] = [
            "calls": JSONValue(counters.upstreamCalls), "failures": JSONValue(counters.upstreamFailures),
            "inFlight": JSONValue(broker.board.flights),
        ]
        return object
    }

    /// The same, with what the administrator may know besides.
    var adminJSON: JSONObject {
        var object = json
        var audit = audit
        audit["file"] = setup.auditFile.map { .string($0) }
        audit["reason"] = broker.audit.unavailableReason.map { .string($0) }
        object["audit"] = .object(audit)
        object["policy"] = .object(policy)
        object["logLevel"] = .string(broker.host.logLevel.rawValue)
        object["limits"] = .object(JSONObject(setup.limits.catalogue.map { ($0.name, $0.value) }))
        return object
    }

    /// The policy in force.
    var policy: JSONObject {
        var object = JSONObject([
            ("mode", .string(setup.policy.mode.rawValue)), ("grants", JSONValue(setup.policy.grants.count)),
            ("denies", JSONValue(setup.policy.denies.count)),
            ("loadedAt", .string(setup.loaded.wall.wholeMilliseconds.rfc3339)),
        ])
        object["file"] = setup.policyFile.map { .string($0) }
        object["sha256"] = setup.policySHA256.map { .string($0) }
        return object
    }

    private var audit: JSONObject {
        let head = broker.audit.head
        return JSONObject([
            ("available", .bool(broker.audit.isAvailable)), ("sequence", JSONValue(head.sequence)),
            ("sha256", .string(head.sha256)),
        ])
    }

    private func entry(_ profile: Profile) -> JSONValue {
        let state = setup.upstream.credentialState(of: profile.name)
        var credentials = JSONObject([("source", .string(state.source))])
        switch state.readiness {
        case .untried: credentials["state"] = "untried"
        case .ready(let expiresAt):
            credentials["state"] = "ready"
            credentials["expiresAt"] = expiresAt.map { .string($0.wholeMilliseconds.rfc3339) }
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

extension Rights {
    /// Whether a grant that names the peer is for this profile.
    func grants(coverProfile profile: Profile) -> Bool {
        grants.contains { $0.profiles?.contains { $0.matches(profile.name.name) } ?? true }
    }
}
