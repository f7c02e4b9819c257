internal import Glibc
internal import MacieBrokerClient

/// One of the process's two outputs.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    /// Colours on a terminal that has them, unless the person wants none: https://no-color.org.
    var ink: Ink {
        isatty(rawValue) == 1 && !Self.isSet("NO_COLOR") && !Self.isSet("TERM", to: "dumb") ? .coloured : .plain
    }

    /// Writes all of `text`.
    ///
    /// - Returns: 0, or the errno(3) of the write that failed.
    @discardableResult
    func write(_ text: String) -> Int32 {
        let bytes = Array(text.utf8)
        var written = 0
        while written < bytes.count {
            // SAFETY: write(2) reads the bytes from `written` to the end of the array, which lives for the call.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[written...])
                return unsafe Glibc.write(rawValue, rest.baseAddress, rest.count)
            }
            if count >= 0 {
                written += count
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }

    /// Whether a variable is set and not empty, to `value` if one is given.
    private static func isSet(_ name: String, to value: String? = nil) -> Bool {
        // SAFETY: getenv(3) gives NULL or a NUL-terminated string, which is copied at once.
        guard let found = unsafe getenv(name).map({ text in unsafe String(cString: text) }) else { return false }
        return value.map { $0 == found } ?? !found.isEmpty
    }
}
