internal import Glibc

/// Limits of this process, for tests that end with it.
package enum Limits {
    /// From now on no memory can be locked, by root neither: RLIMIT_MEMLOCK is 0 and CAP_IPC_LOCK is gone with uid 0.
    package static func forbidLocking() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        // SAFETY: setrlimit(2) reads one struct, which lives for the call.
        let isSet = unsafe setrlimit(__rlimit_resource_t(__RLIMIT_MEMLOCK.rawValue), &none) == 0
        let hasLeft = getuid() != 0 || (setgid(65_534) == 0 && setuid(65_534) == 0)
        precondition(isSet && hasLeft)
    }
}
