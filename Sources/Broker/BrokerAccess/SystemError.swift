internal import Glibc

/// An error number of the system, in its words: errno(3), strerror(3).
struct SystemError: Error, CustomStringConvertible {
    let number: CInt

    static var last: SystemError { SystemError(number: errno) }

    var description: String {
        // SAFETY: strerror(3) answers a valid C string for every number; it is copied at once.
        unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    }

    /// Whether this process lacked something that it may have again in a moment.
    var isPassing: Bool { [EMFILE, ENFILE, ENOMEM, EINTR].contains(number) }
}
