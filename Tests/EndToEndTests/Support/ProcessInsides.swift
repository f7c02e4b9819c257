import Foundation

/// What another process holds, as /proc shows it to whoever may look.
struct ProcessInsides {
    let pid: pid_t

    enum Place: String, CaseIterable {
        case commandLine = "cmdline"
        case environment = "environ"
        case memory = "mem"
    }

    /// Which of the texts are in that place; nil when this process may not look there.
    func find(_ texts: [String], in place: Place) -> [String]? {
        place == .memory ? findInMemory(texts) : contents(of: place.rawValue).map { Self.find(texts, in: $0) }
    }

    /// A file of /proc/PID, such as `limits`.
    func contents(of name: String) -> Data? {
        guard let file = FileHandle(forReadingAtPath: "/proc/\(pid)/\(name)") else { return nil }
        return try? file.readToEnd() ?? Data()
    }

    private static func find(_ texts: [String], in data: Data) -> [String] {
        texts.filter { data.range(of: Data($0.utf8)) != nil }
    }

    private func findInMemory(_ texts: [String]) -> [String]? {
        var found: Set<String> = []
        return walkMemory { found.formUnion(Self.find(texts, in: $0)) } ? found.sorted() : nil
    }

    /// How often a text stands in memory; nil when this process may not look there.
    func countInMemory(_ text: String) -> Int? {
        var count = 0
        let isAllowed = walkMemory { bytes in
            var rest = bytes.startIndex..<bytes.endIndex
            while let found = bytes.range(of: Data(text.utf8), in: rest) {
                count += 1
                rest = found.upperBound..<bytes.endIndex
            }
        }
        return isAllowed ? count : nil
    }

    /// Shows `look` all that the process can write to: stack, heap, and data of its libraries. False where it may not.
    private func walkMemory(_ look: (Data) -> Void) -> Bool {
        guard let maps = contents(of: "maps"), let memory = FileHandle(forReadingAtPath: "/proc/\(pid)/mem") else {
            return false
        }
        for line in String(decoding: maps, as: UTF8.self).split(separator: "\n") {
            guard let range = line.firstMatch(of: #/^([0-9a-f]+)-([0-9a-f]+) rw/#),
                let start = UInt64(range.1, radix: 16), let end = UInt64(range.2, radix: 16),
                (try? memory.seek(toOffset: start)) != nil,
                let bytes = try? memory.read(upToCount: Int(end - start))
            else { continue }
            look(bytes)
        }
        return true
    }
}
