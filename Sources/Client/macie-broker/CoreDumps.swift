internal import Glibc

/// Files that the kernel would make of this process's memory when it crashes: core(5).
enum CoreDumps {
    /// From now on there are none.
    static func forbid() {
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        // SAFETY: setrlimit(2) reads one structure, which lives for the call. That fewer are allowed never fails.
        unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }
}
