import Glibc

/// What strerror(3) says of an errno.
func words(ofErrno code: Int32) -> String {
    // SAFETY: strerror's text is valid until the next call on this thread; it is copied at once.
    unsafe strerror(code).map { unsafe String(cString: $0) } ?? "error \(code)"
}
