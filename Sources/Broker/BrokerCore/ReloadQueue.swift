/// Reloads, one after the other: what is read last is in force last.
struct ReloadQueue {
    private var waiting: [Errand] = []
    private var isRunning = false

    /// Whether it is to be run now; else it is its turn when `next` says so. Of signals, one that waits is enough.
    mutating func add(_ errand: Errand) -> Bool {
        guard isRunning else {
            isRunning = true
            return true
        }
        if errand.asker != nil || !waiting.contains(where: { $0.asker == nil }) { waiting.append(errand) }
        return false
    }

    /// The one that ran is over.
    mutating func next() -> Errand? {
        isRunning = !waiting.isEmpty
        return waiting.isEmpty ? nil : waiting.removeFirst()
    }
}
