package import BrokerWire

extension Limits {
    /// Descriptors that clients do not get: for the socket, logs, event loops, AWS, and clients being turned away.
    private static let descriptorsKept: Int64 = 192

    /// These limits with no more connections than there are descriptors for. A client beyond them is told so; without one
    /// it could not even be accepted, and would wait. `descriptors` is how many this process may have open, RLIMIT_NOFILE.
    package func held(toDescriptors descriptors: Int64) -> Limits {
        var held = self
        held.connections = min(connections, Int(clamping: max(1, descriptors - Self.descriptorsKept)))
        return held
    }
}
