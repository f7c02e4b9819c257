internal import Glibc

/// The system's words for its error numbers: strerror(3).
enum SystemError {
    static func text(of error: CInt) -> String {
        // SAFETY: strerror(3) answers a valid C string for every number; it is copied at once.
        unsafe strerror(error).map { unsafe String(cString: $0) } ?? "error \(error)"
    }

    static var last: String { text(of: errno) }
}
