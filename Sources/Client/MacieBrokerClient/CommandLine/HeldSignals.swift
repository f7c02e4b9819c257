internal import Glibc

/// The signals by which a terminal or another process ends or stops this one, held back until `release`, so that what has
/// to be put right first can be. One at a time, in a process of one thread that cares.
final class HeldSignals {
    private static let numbers = [SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGTSTP]

    private var maskBefore = sigset_t()
    private var actionsBefore: [(number: Int32, action: sigaction)] = []

    /// The signal that came while somebody waited.
    private(set) var caught: Int32?

    /// Those that are ignored, as nohup(1) has it, stay so.
    init() {
        var held = sigset_t()
        var note = sigaction()
        // SAFETY: all of these calls read or write structures that live for the call. The handler does no more than note the
        // number, which is safe in a handler (signal-safety(7)), and runs only inside pselect(2), where the mask lets it.
        unsafe sigemptyset(&held)
        for number in Self.numbers { unsafe sigaddset(&held, number) }
        unsafe pthread_sigmask(SIG_BLOCK, &held, &maskBefore)
        unsafe note.__sigaction_handler.sa_handler = { unsafe lastSignal = $0 }
        for number in Self.numbers {
            var before = sigaction()
            unsafe sigaction(number, nil, &before)
            if Self.ignores(before) { continue }
            unsafe sigaction(number, &note, nil)
            actionsBefore.append((number, before))
        }
    }

    /// Waits until `descriptor`, below 1,024, can be read, or a signal comes: then that signal.
    func wait(for descriptor: Int32) -> Int32? {
        unsafe lastSignal = 0
        while true {
            var readable = Self.set(of: descriptor)
            // SAFETY: pselect(2) reads and writes the set and reads the mask, which live for the call.
            let count = unsafe pselect(descriptor + 1, &readable, nil, nil, nil, &maskBefore)
            if count >= 0 || errno != EINTR { return nil }
            guard unsafe lastSignal == 0 else {
                caught = unsafe lastSignal
                return caught
            }
        }
    }

    /// FD_SET(3), a macro. A descriptor that the set has no place for is left out, and waiting for it fails.
    private static func set(of descriptor: Int32) -> fd_set {
        var set = fd_set()
        // SAFETY: the set is an array of `long`; a descriptor beyond it is left out.
        unsafe withUnsafeMutableBytes(of: &set) { bytes in
            let words = unsafe bytes.bindMemory(to: Int.self)
            let (word, bit) = Int(descriptor).quotientAndRemainder(dividingBy: Int.bitWidth)
            if descriptor >= 0, word < words.count { unsafe words[word] |= 1 << bit }
        }
        return set
    }

    /// What came meanwhile does now what it usually does.
    func release() {
        // SAFETY: both calls read structures that live for the call.
        for (number, action) in actionsBefore {
            var action = action
            unsafe sigaction(number, &action, nil)
        }
        actionsBefore = []
        unsafe pthread_sigmask(SIG_SETMASK, &maskBefore, nil)
    }

    private static func ignores(_ action: sigaction) -> Bool {
        // SAFETY: SIG_IGN is the number 1 in a pointer's place, and no function's address.
        unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}

/// The signal that came while pselect(2) let it in.
// SAFETY: written by the handler, read right after pselect(2) by the thread in which it ran.
private nonisolated(unsafe) var lastSignal: sig_atomic_t = 0
