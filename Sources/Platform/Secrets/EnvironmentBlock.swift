internal import Glibc

/// The environment that this process was started with: environ(7).
///
/// What is taken out of it is gone from the process: its bytes are overwritten, so that /proc/PID/environ does not show
/// them either, and getenv(3) and children do not find it. For the start, before there are threads that read it.
package enum EnvironmentBlock {
    /// Takes a variable that is a secret. Nil when it is not set; what comes after the first `=` counts, blanks included.
    package static func takeSecret(_ name: String) -> SecretBytes? {
        var value: SecretBytes?
        take(name) { bytes in value = SecretBytes(copying: bytes) }
        return value
    }

    /// Shows the value of the first entry of that name, which is the one that getenv(3) finds, and overwrites all of them.
    private static func take(_ name: String, to body: (borrowing RawSpan) -> Void) {
        guard !name.isEmpty, !name.utf8.contains(UInt8(ascii: "=")), !name.utf8.contains(0) else { return }
        var isFirst = true
        // SAFETY: environ is null or ends with a null pointer, its entries end with a zero byte, and nobody else changes
        // it: this is for the start.
        guard unsafe UInt(bitPattern: environ) != 0 else { return }
        var place = unsafe environ
        while let entry = unsafe place.pointee {
            if let value = unsafe valueOffset(of: name, in: entry) {
                let end = unsafe strlen(entry)
                let bytes = unsafe UnsafeRawBufferPointer(start: entry + value, count: end - value)
                if isFirst { body(unsafe bytes.bytes) }
                isFirst = false
                // The name stays until the entry is removed by it.
                unsafe explicit_bzero(entry + value, end - value)
            }
            unsafe place += 1
        }
        unsafe unsetenv(name)
    }

    /// Where the value begins when the entry is of that name.
    private static func valueOffset(of name: String, in entry: UnsafeMutablePointer<CChar>) -> Int? {
        let count = name.utf8.count
        // SAFETY: strncmp stops at the entry's end; the byte after an equal name is within it.
        guard unsafe strncmp(entry, name, count) == 0, unsafe entry[count] == CChar(UInt8(ascii: "=")) else {
            return nil
        }
        return count + 1
    }
}
