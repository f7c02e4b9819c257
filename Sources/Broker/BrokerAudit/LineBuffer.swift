internal import BrokerWire
internal import Digests
internal import JSONText

/// Lines of JSON under construction. Most of what a record costs is putting its text together; appending to an array, piece
/// by piece, costs twice as much as this.
@safe struct LineBuffer: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int

    /// A buffer that one huge turn made larger than this is given back.
    private static let roomKept = 1 << 20
    private static let roomAtFirst = 1 << 14

    init() {
        capacity = Self.roomAtFirst
        unsafe base = .allocate(capacity: capacity)
    }

    deinit { unsafe base.deallocate() }

    var isEmpty: Bool { count == 0 }

    /// Forgets all of it.
    mutating func clear() {
        count = 0
        if capacity > Self.roomKept { grow(to: Self.roomAtFirst) }
    }

    /// What stands from `start` on, which must not be beyond the end.
    borrowing func lend<Result>(from start: Int = 0, to body: (Span<UInt8>) -> Result) -> Result {
        // SAFETY: the first `count` bytes are written, and this value is borrowed for as long as the span lives.
        let bytes = unsafe UnsafeBufferPointer(start: base + start, count: count - start)
        return body(unsafe bytes.span)
    }

    /// The first `length` bytes, copied.
    borrowing func prefix(_ length: Int) -> [UInt8] {
        // SAFETY: as above.
        unsafe Array(UnsafeBufferPointer(start: base, count: min(length, count)))
    }

    mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base[count] = byte
        count += 1
    }

    /// Appends text that is JSON as it stands: punctuation, names.
    mutating func append(_ literal: StaticString) {
        guard literal.hasPointerRepresentation else { return append(Array(literal.description.utf8)) }
        // SAFETY: a StaticString of several characters points at bytes that live for ever.
        unsafe append(UnsafeBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    }

    mutating func append(_ bytes: [UInt8]) {
        // SAFETY: the bytes are copied during the call.
        unsafe bytes.withUnsafeBufferPointer { unsafe append($0) }
    }

    /// Appends 64 hexadecimal digits.
    mutating func append(_ digest: SHA256Digest) {
        // SAFETY: integers have no padding, and the pairs are copied whole during the call.
        unsafe withUnsafeBytes(of: digest.hexPairs) { pairs in
            unsafe append(pairs.bindMemory(to: UInt8.self))
        }
    }

    /// Appends a decimal integer.
    mutating func append(_ value: UInt64) {
        let most = 20
        reserve(most)
        var rest = value
        var digits = 1
        while rest >= 10 {
            rest /= 10
            digits += 1
        }
        rest = value
        // SAFETY: an integer of 64 bits has at most 20 digits, for which there is room.
        for place in (0..<digits).reversed() {
            unsafe base[count + place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count += digits
    }

    /// Appends a decimal integer.
    mutating func append(_ value: Int64) {
        if value < 0 { append(UInt8(ascii: "-")) }
        append(value.magnitude)
    }

    mutating func append(_ id: RequestID) {
        switch id {
        case .integer(let value): append(value)
        case .string(let value): appendQuoted(value)
        }
    }

    /// Appends `text` in quotes, escaped as `JSONText` does it.
    mutating func appendQuoted(_ text: String) {
        let start = count
        append(UInt8(ascii: "\""))
        // SAFETY: the characters are copied during the call.
        let isPlain = unsafe text.utf8.withContiguousStorageIfAvailable { unsafe appendIfPlain($0) }
        guard isPlain != true else { return append(UInt8(ascii: "\"")) }
        count = start
        var escaped: [UInt8] = []
        JSONText.appendQuoted(text, to: &escaped)
        append(escaped)
    }
}

extension LineBuffer {
    /// Appends characters that stand for themselves in JSON, and says whether all of them do; eight at a time.
    private mutating func appendIfPlain(_ characters: UnsafeBufferPointer<UInt8>) -> Bool {
        reserve(characters.count)
        guard let source = unsafe UnsafeRawPointer(characters.baseAddress) else { return true }
        let target = unsafe UnsafeMutableRawPointer(base + count)
        var index = 0
        // SAFETY: both hold `characters.count` bytes from there on, and neither loop goes beyond.
        while index + 8 <= characters.count {
            let eight = unsafe source.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            guard Self.isPlain(eight) else { return false }
            unsafe target.storeBytes(of: eight, toByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < characters.count {
            let byte = unsafe characters[index]
            guard byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") else {
                return false
            }
            unsafe base[count + index] = byte
            index += 1
        }
        count += characters.count
        return true
    }

    /// Whether none of eight bytes is a control character, a quote, a backslash, DEL or beyond ASCII. A borrow from one byte
    /// to the next can only come from one that is none of these.
    private static func isPlain(_ eight: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let beyond = eight | (eight &+ ones)
        let below = (eight &- ones &* 0x20) & ~eight
        let quotes = eight ^ (ones &* 0x22)
        let slashes = eight ^ (ones &* 0x5C)
        let special = ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
        return (beyond | below | special) & (ones &* 0x80) == 0
    }

    private mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        reserve(bytes.count)
        guard let source = bytes.baseAddress else { return }
        // SAFETY: there is room for the bytes, and they cannot be our own: those are lent for reading only.
        unsafe (base + count).update(from: source, count: bytes.count)
        count += bytes.count
    }

    private mutating func reserve(_ more: Int) {
        if capacity - count < more { grow(to: max(capacity * 2, count + more)) }
    }

    private mutating func grow(to room: Int) {
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: room)
        // SAFETY: the new memory has room for all that is written, and the old is not used any more.
        unsafe larger.update(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = larger
        capacity = room
    }
}
