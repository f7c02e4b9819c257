internal import Foundation
internal import Glibc
internal import Synchronization

/// A secret that nobody else has, and a search of this process's own memory for it. What it searches for is kept inverted,
/// so that the search does not find itself.
package struct Canary: Sendable {
    private let inverted: [UInt8]

    /// 32 bytes of its own, none of which is 0 or a letter.
    package init(_ label: String) {
        var generator = SystemRandomNumberGenerator()
        inverted = (0..<32).map { _ in ~UInt8.random(in: 0x80...0xFF, using: &generator) }
    }

    /// A canary that is known: a key that is derived elsewhere. The bytes are inverted in place.
    package init(taking secret: inout [UInt8]) {
        precondition((1...64).contains(secret.count))
        for index in secret.indices { secret[index] = ~secret[index] }
        inverted = secret
    }

    package var count: Int { inverted.count }

    /// Lends the secret, in memory that is overwritten at the end.
    package func lend<R>(to body: (borrowing RawSpan) throws -> R) rethrows -> R {
        // SAFETY: the buffer is written to within its count, and wiped before it goes.
        try unsafe withUnsafeTemporaryAllocation(byteCount: inverted.count, alignment: 1) { buffer in
            for index in inverted.indices { unsafe buffer[index] = ~inverted[index] }
            defer { unsafe Self.wipe(buffer) }
            return try body(unsafe UnsafeRawBufferPointer(buffer).bytes)
        }
    }

    /// In how many places of all memory that this process can write to the secret is.
    package func placesInMemory() throws -> Int { try placesAndFlags().count }

    /// The kernel's flags (VmFlags of proc_pid_smaps(5)) of the mapping of each place where the secret is.
    package func placesAndFlags() throws -> [Set<String>] {
        // One search at a time: what another one reads to would count.
        try Self.searching.withLock { _ in try search() }
    }

    private static let searching = Mutex(())

    private func search() throws -> [Set<String>] {
        let memory = unsafe open("/proc/self/mem", O_RDONLY | O_CLOEXEC)
        guard memory >= 0 else { throw POSIXError(.EACCES) }
        defer { close(memory) }
        var found: [Set<String>] = []
        // What is read lies in a mapping of its own, which is left out: it holds what is found once more. So does what is
        // looked for, at its beginning.
        let size = 1 << 20
        // SAFETY: the buffer is allocated and freed here; pread(2) writes within its size.
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 4096)
        defer {
            unsafe Self.wipe(buffer)
            unsafe buffer.deallocate()
        }
        let own = UInt64(UInt(bitPattern: buffer.baseAddress))
        for mapping in try Mapping.writable() {
            var place = mapping.start
            while place < mapping.end {
                let wanted = Int(min(UInt64(size - 64), mapping.end - place))
                for index in inverted.indices { unsafe buffer[index] = ~inverted[index] }
                let room = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[64...])
                let count = unsafe pread(memory, room.baseAddress, wanted, off_t(place))
                guard count > 0 else { break }
                let read = unsafe UnsafeRawBufferPointer(rebasing: room[..<count])
                let hits = unsafe matches(of: buffer.baseAddress, in: read).map { place + UInt64($0) }
                found += hits.filter { !(own..<own + UInt64(size)).contains($0) }.map { _ in mapping.flags }
                guard count > inverted.count, place + UInt64(count) < mapping.end else { break }
                place += UInt64(count - inverted.count + 1)
            }
        }
        return found
    }

    private static func wipe(_ buffer: UnsafeMutableRawBufferPointer) {
        // SAFETY: the buffer is within its count.
        if let start = buffer.baseAddress { unsafe explicit_bzero(start, buffer.count) }
    }

    private func matches(of needle: UnsafeMutableRawPointer?, in bytes: UnsafeRawBufferPointer) -> [Int] {
        guard let needle = unsafe needle, let base = bytes.baseAddress else { return [] }
        var found: [Int] = []
        var start = 0
        let first = Int32(~inverted[0])
        // SAFETY: memchr(3) and memcmp(3) look at what is left of the buffer, and at as many bytes as the canary has.
        while start + inverted.count <= bytes.count,
            let hit = unsafe memchr(base + start, first, bytes.count - start - inverted.count + 1)
        {
            if unsafe memcmp(hit, needle, inverted.count) == 0 { found.append(unsafe UnsafeRawPointer(hit) - base) }
            start = unsafe UnsafeRawPointer(hit) - base + 1
        }
        return found
    }

    private struct Mapping {
        let start: UInt64
        let end: UInt64
        var flags: Set<String> = []

        static func writable() throws -> [Mapping] {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: "/proc/self/smaps"))
            // The kernel tells a size of 0: it has to be read to its end.
            let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
            var mappings: [Mapping] = []
            var isWritable = false
            for line in text.split(separator: "\n") {
                let words = line.split(separator: " ")
                let bounds = words[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
                if bounds.count == 2, words.count > 4 {
                    isWritable = words[1].hasPrefix("rw")
                    if isWritable { mappings.append(Mapping(start: bounds[0], end: bounds[1])) }
                } else if isWritable, words[0] == "VmFlags:" {
                    mappings[mappings.count - 1].flags = Set(words.dropFirst().map(String.init))
                }
            }
            return mappings
        }
    }
}
