internal import Glibc
internal import Synchronization

/// Whose turn it is to use a client's connection, in each process that has the client.
///
/// After fork(2) the lock may be held in the child for ever, by a thread that is only in the parent, and the connection is
/// the parent's. So the child goes on with a link of its own; it never waits for the parent's, and closes its copy of that
/// connection if nobody was using it.
final class Turn: Sendable {
    let exchange = Mutex(Exchange())
    private let process = getpid()
    private let successor = AtomicLazyReference<Turn>()

    /// The link of the process that asks.
    var current: Turn {
        if process == getpid() { return self }
        if let successor = successor.load() { return successor.current }
        exchange.withLockIfAvailable { exchange in exchange.disconnect() }
        return successor.storeIfNil(Turn()).current
    }
}
