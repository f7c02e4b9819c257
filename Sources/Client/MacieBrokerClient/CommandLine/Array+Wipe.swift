internal import Glibc

extension [UInt8] {
    /// Overwrites the bytes, if nobody shares them: for what was a secret.
    mutating func wipe() {
        // SAFETY: explicit_bzero(3) writes the array's own bytes.
        unsafe withUnsafeMutableBytes { buffer in
            if let start = buffer.baseAddress { unsafe explicit_bzero(start, buffer.count) }
        }
    }
}
