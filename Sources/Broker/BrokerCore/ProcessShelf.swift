internal import BrokerAccess

/// How many processes of callers are held at the same time: each takes descriptors, and connections come first. Beyond it a
/// process is looked at and let go of again, which takes longer and says the same.
package final class ProcessShelf {
    private let capacity: Int
    private var held = 0

    package init(capacity: Int) { self.capacity = capacity }

    func takePlace() -> Bool {
        guard held < capacity else { return false }
        held += 1
        return true
    }

    func freePlace() { held -= 1 }
}
