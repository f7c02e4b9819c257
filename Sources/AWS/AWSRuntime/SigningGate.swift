internal import Synchronization

/// Whether anything may be signed. Shut, no attempt of any call is signed, not even the next one of a call under way.
package final class SigningGate: Sendable {
    private let shut = Atomic(false)

    package init() {}

    package var isOpen: Bool { !shut.load(ordering: .acquiring) }

    package func set(open: Bool) { shut.store(!open, ordering: .releasing) }
}
