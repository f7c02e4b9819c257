/// Where a client came in: each door is a socket of its own, with methods of its own and an OpenRPC document of its own.
package enum Door: Sendable, Equatable, CaseIterable {
    /// The public socket.
    case people
    /// The administrator's.
    case admin
}

/// The methods of both doors, by their names on the wire.
package enum Method: String, Sendable, CaseIterable {
    case getMacieSession = "macie2.GetMacieSession"
    case whoAmI = "broker.WhoAmI"
    case explain = "broker.Explain"
    case status = "broker.Status"
    case reload = "admin.Reload"
    case adminStatus = "admin.Status"
    case metrics = "admin.Metrics"
    case dropCache = "admin.DropCache"
    case lock = "admin.Lock"
    case unlock = "admin.Unlock"
    case setLogLevel = "admin.SetLogLevel"
    case adminExplain = "admin.Explain"
    case listCredentials = "admin.ListCredentials"
    case addCredentials = "admin.AddCredentials"
    case removeCredentials = "admin.RemoveCredentials"
    case dropCredentials = "admin.DropCredentials"
    case discover = "rpc.discover"

    /// Whether the method exists for those who came in by `door`. Each exists at one, but for `rpc.discover`.
    package func isServed(at door: Door) -> Bool {
        switch self {
        case .getMacieSession, .whoAmI, .explain, .status: door == .people
        case .reload, .adminStatus, .metrics, .dropCache, .lock, .unlock, .setLogLevel, .adminExplain,
            .listCredentials, .addCredentials, .removeCredentials, .dropCredentials:
            door == .admin
        case .discover: true
        }
    }

    /// The methods of a door, in the order of its OpenRPC document.
    package static func served(at door: Door) -> [Method] { allCases.filter { $0.isServed(at: door) } }
}
