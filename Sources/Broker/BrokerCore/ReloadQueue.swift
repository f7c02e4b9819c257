/// Reloads run one after the other, so that of two the one that read the configuration later is the one that stays in
/// force, however long either took.
struct ReloadQueue {
    private var isRunning = false
    private var waiting: [Errand] = []

    /// The errand, if it may run now. Other errands than reloads always may.
    mutating func admit(_ errand: Errand) -> Errand? {
        guard errand.kind == .reload else { return errand }
        guard isRunning else {
            isRunning = true
            return errand
        }
        // A signal finds nothing new where one that has not begun will read it all the same.
        if errand.asker != nil || !waiting.contains(errand) { waiting.append(errand) }
        return nil
    }

    /// What runs after this one, which is back; it has to be admitted like any other.
    mutating func next(after errand: Errand) -> Errand? {
        guard errand.kind == .reload else { return nil }
        isRunning = false
        return waiting.isEmpty ? nil : waiting.removeFirst()
    }
}
