internal import Glibc
internal import Synchronization

/// Whether all memory that secrets lie in is kept out of swap: that of this room, and what libraries above set apart.
///
/// mlock(2) counts against RLIMIT_MEMLOCK, beyond which it is refused to who lacks CAP_IPC_LOCK. Secrets are then kept all
/// the same: whether that is worth a warning or the end is the broker's to say.
package enum SecretMemory: Sendable, Equatable {
    case locked
    /// `reason` is for people, and says what to do.
    case unlocked(reason: String)

    /// What holds so far, and for a few pages more, which are tried.
    package static var status: SecretMemory {
        _ = SecretBytes(count: 1) { _ in }
        if let failure = SecretPool.shared.lastLockFailure {
            return .unlocked(reason: reason(errno: failure, limit: lockLimit()))
        }
        return libraries.withLock { $0.last }.map { .unlocked(reason: $0) } ?? .locked
    }

    /// Notes that memory of a library, such as the secure heap of libcrypto, could not be locked; another reason than that
    /// mlock(2) was refused is given.
    package static func noteUnlocked(because reason: String? = nil) {
        let reason = reason ?? Self.reason(errno: ENOMEM, limit: lockLimit())
        libraries.withLock { $0 = Libraries(failures: $0.failures + 1, last: reason) }
    }

    fileprivate static var failuresOfLibraries: Int { libraries.withLock { $0.failures } }

    private struct Libraries {
        var failures = 0
        var last: String?
    }

    private static let libraries = Mutex(Libraries())

    /// What is told when mlock(2) fails with `errno`; `limit` is RLIMIT_MEMLOCK in bytes, nil when there is none.
    static func reason(errno: Int32, limit: UInt64?) -> String {
        // SAFETY: strerror's text is valid until the next call on this thread; it is copied at once.
        let cause = unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
        let refused = "memory for secrets could not be locked (mlock: \(cause)), and may be swapped out"
        guard let limit else { return "\(refused): let the broker's user lock memory" }
        return "\(refused): RLIMIT_MEMLOCK is \(limit) bytes, raise it (LimitMEMLOCK=16M in the systemd unit, "
            + "'ulimit -l 16384' in a shell)"
    }

    private static func lockLimit() -> UInt64? {
        var limit = rlimit()
        // SAFETY: getrlimit(2) fills one struct, which lives for the call.
        guard unsafe getrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &limit) == 0 else { return nil }
        return limit.rlim_cur == rlim_t.max ? nil : UInt64(limit.rlim_cur)
    }
}

extension SecretBytes {
    /// How many times memory for secrets could not be locked and was used all the same.
    package static var lockFailures: Int { SecretPool.shared.lockFailures + SecretMemory.failuresOfLibraries }
}
