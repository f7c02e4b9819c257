internal import Glibc

/// Finds and reads the configuration file.
enum ConfigurationFile {
    /// Bytes; a configuration of this product is a few thousand.
    private static let longest = 1 << 20

    static let ofRoot = "/etc/macie-broker/broker.yaml"

    /// Where the configuration is when nobody said: nil when there is none.
    static func defaultPath(environment: [String: String]) -> String? {
        let path: String
        if geteuid() == 0 {
            path = ofRoot
        } else if let home = environment["XDG_CONFIG_HOME"].flatMap({ $0.hasPrefix("/") ? $0 : nil })
            ?? environment["HOME"].map({ $0 + "/.config" })
        {
            path = home + "/macie-broker/broker.yaml"
        } else {
            return nil
        }
        // SAFETY: here and below, a String given as a C string lives for the call.
        return unsafe access(path, F_OK) == 0 ? path : nil
    }

    /// The file's text. Who can write to it decides who may use the keys, so nobody but root and the broker's user may.
    static func read(_ path: String) throws(ConfigurationFailure) -> String {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw failure(path, "cannot be read: \(lastError())") }
        defer { _ = close(descriptor) }
        var status = stat()
        // SAFETY: `status` lives for the call, which writes only into it.
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw failure(path, "is no file")
        }
        guard status.st_uid == 0 || status.st_uid == geteuid() else {
            throw failure(path, "belongs to uid \(status.st_uid): it must belong to root or to the broker's own user")
        }
        guard status.st_mode & 0o022 == 0 else {
            throw failure(path, "others may write to it, and so grant themselves what they like: chmod go-w \(path)")
        }
        guard status.st_size <= longest else { throw failure(path, "is longer than \(longest) bytes") }
        return try text(descriptor, path, length: Int(status.st_size))
    }

    private static func text(_ descriptor: CInt, _ path: String, length: Int) throws(ConfigurationFailure) -> String {
        var bytes = [UInt8](repeating: 0, count: length)
        var filled = 0
        while filled < length {
            // SAFETY: the pointer and the count are of one array that lives for the call.
            let count = unsafe bytes.withUnsafeMutableBytes { buffer in
                unsafe Glibc.read(descriptor, buffer.baseAddress.map { unsafe $0 + filled }, buffer.count - filled)
            }
            if count > 0 {
                filled += count
            } else if count == 0 {
                break
            } else if errno != EINTR {
                throw failure(path, "cannot be read: \(lastError())")
            }
        }
        guard let text = String(validating: bytes.prefix(filled), as: UTF8.self) else {
            throw failure(path, "is not UTF-8")
        }
        return text
    }

    private static func failure(_ path: String, _ problem: String) -> ConfigurationFailure {
        ConfigurationFailure(file: path, place: nil, problem: problem)
    }

    private static func lastError() -> String {
        // SAFETY: strerror(3) answers a valid C string for every number; it is copied at once.
        unsafe strerror(errno).map { unsafe String(cString: $0) } ?? "error \(errno)"
    }
}
