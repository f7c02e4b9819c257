internal import Glibc

/// Bytes to and from a descriptor.
enum DescriptorBytes {
    /// Writes all of `bytes`: with one write(2), unless the descriptor takes a part only.
    ///
    /// - Returns: how many were written, and why not all of them.
    static func write(_ bytes: Span<UInt8>, to descriptor: CInt) -> (written: Int, problem: String?) {
        var written = 0
        // SAFETY: what is written lies within `bytes`, which live for this closure.
        let problem: String? = unsafe bytes.withUnsafeBufferPointer { bytes in
            while written < bytes.count {
                let count = unsafe Glibc.write(
                    descriptor, bytes.baseAddress.map { unsafe $0 + written }, bytes.count - written)
                if count > 0 {
                    written += count
                } else if count == 0 {
                    return "nothing more is taken"
                } else if errno != EINTR {
                    return SystemError.text(errno)
                }
            }
            return nil
        }
        return (written, problem)
    }

    /// Reads up to `count` bytes from `offset`; fewer at the end of the file. nil, with errno set, when that fails.
    static func read(from descriptor: CInt, at offset: Int, upTo count: Int) -> [UInt8]? {
        var failed = false
        // SAFETY: no more than the capacity is read into the buffer, and what was read is what counts.
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, read in
            while read < count {
                let some = unsafe pread(
                    descriptor, buffer.baseAddress.map { unsafe $0 + read }, count - read, off_t(offset + read))
                if some == 0 { return }
                if some > 0 {
                    read += some
                } else if errno != EINTR {
                    failed = true
                    return
                }
            }
        }
        return failed ? nil : bytes
    }
}

/// What the system says of an errno.
enum SystemError {
    static func text(_ number: CInt) -> String {
        // SAFETY: strerror(3) answers a valid C string for every number; it is copied at once.
        unsafe strerror(number).map { unsafe String(cString: $0) } ?? "error \(number)"
    }
}
