/// All grants in force. What no grant allows is denied.
package struct Policy: Sendable {
    package let grants: [Grant]

    package init(grants: [Grant]) { self.grants = grants }

    /// What `peer` may do: the grants that name them, looked up once per connection, asked once per request.
    package func rights(of peer: Peer) -> Rights {
        Rights(peer: peer, grants: grants.filter { $0.covers(peer) })
    }
}

/// The grants that name one peer.
package struct Rights: Sendable {
    package let peer: Peer
    package let grants: [Grant]

    /// Decides one request: the first grant that covers it allows it.
    package func decide(_ request: AccessRequest) -> Decision {
        for grant in grants where grant.covers(request) { return .allowed(grant: grant.name) }
        return .denied(grants.isEmpty ? .noGrantNamesPeer : .noGrantCoversRequest)
    }
}

/// A decision and its reason.
package enum Decision: Sendable, Equatable {
    case allowed(grant: String)
    case denied(Lack)

    /// What was missing.
    package enum Lack: String, Sendable {
        case noGrantNamesPeer = "no grant names this user"
        case noGrantCoversRequest = "no grant of this user covers the action, profile and region"
    }
}
