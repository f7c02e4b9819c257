internal import Glibc

/// The files that an audit file was before: `FILE.` and the number of their last record, in 20 digits, so that their names
/// sort in the order of their records.
struct RotatedFiles {
    static let digits = 20

    private let path: String

    /// - Parameter path: of the file that is written to.
    init(of path: String) { self.path = path }

    /// The file that ends with record `sequence`.
    func path(endingWith sequence: UInt64) -> String {
        let number = String(sequence)
        return path + "." + String(repeating: "0", count: Self.digits - number.utf8.count) + number
    }

    /// The number of the last record, by the file's name; nil for a name of another kind.
    static func lastSequence(inName name: some StringProtocol) -> UInt64? {
        let suffix = name.utf8.suffix(digits)
        guard name.utf8.count > digits + 1, suffix.allSatisfy({ (0x30...0x39).contains($0) }),
            name.utf8.dropLast(digits).last == UInt8(ascii: ".")
        else { return nil }
        return UInt64(String(decoding: suffix, as: UTF8.self))
    }

    /// The newest of them and its last record; nil when there are none.
    func newest() throws(AuditFailure) -> (name: String, head: AuditHead)? {
        guard let name = try names().max() else { return nil }
        let path = folder + name
        // SAFETY: a String given as a C string lives for the call.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { throw .lastError("open", path) }
        defer { _ = close(descriptor) }
        let size = lseek(descriptor, 0, SEEK_END)
        guard size >= 0 else { throw .lastError("look at", path) }
        guard let head = try AuditEnd.read(descriptor, size: Int(size), path: path).head else { throw .noAudit(path) }
        return (name, head)
    }

    private var folder: String {
        path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? ""
    }

    private func names() throws(AuditFailure) -> [String] {
        let place = folder.isEmpty ? "." : folder
        let own = path.split(separator: "/").last.map(String.init) ?? path
        // SAFETY: a String given as a C string lives for the call.
        guard let stream = unsafe opendir(place) else { throw .lastError("list", place) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        // SAFETY: an entry is valid until the next is read, and its name, which ends in a NUL, is copied before.
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe name.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name.utf8.count == own.utf8.count + 1 + Self.digits, name.hasPrefix(own + "."),
                Self.lastSequence(inName: name) != nil
            {
                names.append(name)
            }
        }
        return names
    }
}
