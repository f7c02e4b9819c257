package import BrokerWire

/// What the descriptors that this process may open are for.
package struct DescriptorBudget: Sendable, Equatable {
    /// Descriptors that clients do not get: for the sockets, logs, event loops, AWS, and clients being turned away.
    private static let kept: Int64 = 192
    /// Descriptors of one process that is held: its pidfd and its pagemap.
    private static let eachProcess: Int64 = 2
    private static let fewestProcesses: Int64 = 16

    /// Connections that there are descriptors for. A client beyond them is told so; without one it could not even be
    /// accepted, and would wait.
    package let connections: Int
    /// Processes of clients that can be held besides.
    package let processes: Int

    /// `descriptors` is how many this process may have open, RLIMIT_NOFILE.
    package init(descriptors: Int64, limits: Limits) {
        let free = max(1, descriptors - Self.kept)
        let fewest = min(Self.fewestProcesses, free / 8)
        connections = min(limits.connections, Int(clamping: max(1, free - fewest * Self.eachProcess)))
        processes = Int(clamping: max(fewest, (free - Int64(connections)) / Self.eachProcess))
    }
}
