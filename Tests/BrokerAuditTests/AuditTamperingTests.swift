import BrokerAudit
import Foundation
import Testing

/// Whatever somebody does to an audit shows when it is verified.
@Suite struct AuditTamperingTests {
    private let place: Place
    /// Records, each with its LF.
    private let lines: [[UInt8]]
    private let head: AuditHead

    init() throws {
        place = try Place()
        let audit = try place.open()
        audit.record(AuditEvent(time: .ofTests, .start(version: "1", pid: 7)))
        for id in 2...5 { #expect(audit.tell(Int64(id))) }
        audit.record(AuditEvent(time: .ofTests, .stop))
        #expect(audit.commit())
        head = audit.head
        lines = try bytes(of: place.path).split(separator: UInt8(ascii: "\n")).map { Array($0) + [UInt8(ascii: "\n")] }
    }

    private var whole: [UInt8] { Array(lines.joined()) }

    private func findings(in bytes: [UInt8], head: AuditHead? = nil) throws -> [AuditFinding] {
        try place.write(bytes)
        return try place.findings(head: head)
    }

    private func findings(in lines: [[UInt8]], head: AuditHead? = nil) throws -> [AuditFinding] {
        try findings(in: Array(lines.joined()), head: head)
    }

    @Test func `an audit that nobody touched is intact, with its head and without`() throws {
        #expect(try findings(in: lines).isEmpty)
        let (summary, findings) = try place.verify(head: head)
        #expect(findings.isEmpty)
        #expect(summary.records == 6)
        #expect(summary.first == 1)
        #expect(summary.head == head)
    }

    @Test(arguments: [0x01, 0x20, 0x80] as [UInt8])
    func `an edited byte is found wherever it is, and the record named`(pattern: UInt8) throws {
        let whole = whole
        let beginningOfLast = whole.count - lines[5].count
        var record: UInt64 = 1
        for offset in whole.indices {
            var edited = whole
            edited[offset] ^= pattern
            let isLineEnd = whole[offset] == UInt8(ascii: "\n")
            // Nothing but a head tells of the last record's own bytes.
            let found = try findings(in: edited, head: offset < beginningOfLast || isLineEnd ? nil : head)
            // An LF that is none joins two lines: either may be told.
            try #require(found.contains { $0.sequence == record || isLineEnd }, "\(offset): \(found)")
            if isLineEnd { record += 1 }
        }
    }

    @Test(arguments: [UInt8(ascii: "\n"), UInt8(ascii: "\"")])
    func `a byte made another one is found wherever it is`(byte: UInt8) throws {
        let whole = whole
        let beginningOfLast = whole.count - lines[5].count
        for offset in whole.indices where whole[offset] != byte {
            var edited = whole
            edited[offset] = byte
            try #require(try !findings(in: edited, head: offset < beginningOfLast ? nil : head).isEmpty, "\(offset)")
        }
    }

    @Test func `a byte put in or taken out is found wherever it is`() throws {
        let whole = whole
        for offset in whole.indices {
            var longer = whole
            longer.insert(UInt8(ascii: " "), at: offset)
            try #require(try !findings(in: longer, head: head).isEmpty, "\(offset)")
            var shorter = whole
            shorter.remove(at: offset)
            try #require(try !findings(in: shorter, head: head).isEmpty, "\(offset)")
        }
    }

    @Test func `a file cut off is found wherever it is cut, with the head that was noted`() throws {
        for length in whole.indices {
            let found = try findings(in: Array(whole[..<length]), head: head)
            try #require(found.contains { $0.kind == .truncated || $0.kind == .torn }, "\(length): \(found)")
        }
    }

    @Test func `a file cut off inside a record is found without a head too`() throws {
        let boundaries = Set(lines.indices.map { lines[...$0].joined().count })
        for length in 1..<whole.count where !boundaries.contains(length) {
            try #require(try findings(in: Array(whole[..<length])).map(\.kind) == [.torn], "\(length)")
        }
        // What no verifier can know: that there was more.
        for length in boundaries { #expect(try findings(in: Array(whole[..<length])).isEmpty) }
    }

    @Test func `a file cut off at its beginning is found wherever it is cut`() throws {
        for start in 1..<whole.count {
            try #require(try !findings(in: Array(whole[start...])).isEmpty, "\(start)")
        }
    }

    @Test func `a record taken out is found and named`() throws {
        for index in lines.indices {
            var left = lines
            left.remove(at: index)
            let found = try findings(in: left, head: head)
            #expect(found.map(\.kind) == [index == 5 ? .truncated : .removed], "\(index)")
            #expect(found.first?.sequence == UInt64(index + 1))
            if index < 5 { #expect(found.first?.line == index + 1) }
        }
    }

    @Test func `several records taken out are found and counted`() throws {
        let found = try findings(in: [lines[0], lines[4], lines[5]])
        #expect(found.map(\.kind) == [.removed])
        #expect(found.first?.detail == "before this line records 2 to 4 are missing")
    }

    @Test func `records in another order are found`() throws {
        for first in lines.indices {
            for second in lines.indices where first < second {
                var swapped = lines
                swapped.swapAt(first, second)
                let found = try findings(in: swapped)
                try #require(!found.isEmpty, "\(first), \(second)")
            }
        }
        let found = try findings(in: [lines[0], lines[2], lines[1]] + lines[3...])
        #expect(found.map(\.kind) == [.reordered])
        #expect(found.first?.sequence == 2)
        #expect(found.first?.line == 3)
    }

    @Test func `a record put in once more is found, wherever it is put`() throws {
        for index in lines.indices {
            for place in 0...lines.count {
                var more = lines
                more.insert(lines[index], at: place)
                try #require(try !findings(in: more).isEmpty, "\(index) at \(place)")
            }
            var twice = lines
            twice.insert(lines[index], at: index)
            #expect(try findings(in: twice).map(\.kind) == [.duplicated], "\(index)")
        }
    }

    @Test(arguments: ["", "x", "{}", "{\"seq\":3}"])
    func `a line put in is found, wherever it is put`(line: String) throws {
        for place in 0..<lines.count {
            var more = lines
            more.insert(Array(line.utf8) + [UInt8(ascii: "\n")], at: place)
            let found = try findings(in: more)
            #expect(found.map(\.kind) == [.inserted], "\(place): \(found)")
            #expect(found.first?.line == place + 1)
        }
    }

    @Test func `a record edited and hashed anew is found by the next one`() throws {
        for index in 0..<5 {
            let text = String(decoding: lines[index], as: UTF8.self)
            var edited = lines
            edited[index] = Array(text.replacing("\"2026-", with: "\"2027-").utf8)
            let found = try findings(in: edited, head: head)
            #expect(found.map(\.kind) == [.edited])
            #expect(found.first?.sequence == UInt64(index + 1))
            #expect(found.first?.line == index + 1)
        }
    }

    @Test func `several records edited are named, one by one`() throws {
        let edited = lines.map { Array(String(decoding: $0, as: UTF8.self).replacing("\"2026-", with: "\"2027-").utf8) }
        #expect(try findings(in: edited).map(\.sequence) == [1, 2, 3, 4, 5])
        #expect(try Set(findings(in: edited, head: head).map(\.sequence)) == [1, 2, 3, 4, 5, 6])
        let apart = try findings(in: [edited[0], lines[1], lines[2], edited[3], lines[4], lines[5]])
        #expect(apart.map(\.sequence) == [1, 4])
    }

    @Test func `a number edited is found where it stands, and nothing else is blamed`() throws {
        let text = String(decoding: lines[2], as: UTF8.self).replacing("\"seq\":3", with: "\"seq\":900")
        let found = try findings(in: lines[..<2] + [Array(text.utf8)] + lines[3...])
        #expect(found.contains { $0.kind == .edited && $0.line == 3 && $0.detail.contains("900 where 3 belongs") })
    }

    @Test func `the end of a chain made anew is found by a head noted before`() throws {
        // The same numbers, another history from record 4 on, all of it well chained.
        let other = try Place()
        try other.write(Array(lines[..<3].joined()))
        do {
            let audit = try other.open()
            for id in 14...18 { #expect(audit.tell(Int64(id))) }
        }
        #expect(try other.findings().isEmpty)
        #expect(try other.findings(head: head).map(\.kind) == [.edited])
        #expect(try other.findings(head: head).first?.sequence == 6)
    }

    @Test func `a chain that begins anew in the same file is found`() throws {
        #expect(try findings(in: lines + lines).map(\.kind) == [.restarted])
    }

    @Test func `no record at all is nothing to trust`() throws {
        #expect(try findings(in: [UInt8]()).map(\.kind) == [.truncated])
        #expect(try findings(in: [UInt8](), head: head).map(\.kind) == [.truncated])
    }

    @Test func `a line without end takes no memory, and hides nothing`() throws {
        let endless = [UInt8](repeating: UInt8(ascii: "x"), count: 5 << 20)
        let found = try findings(in: Array(lines[..<3].joined()) + endless + [10] + Array(lines[3...].joined()))
        #expect(found.map(\.kind) == [.inserted])
        #expect(found.first?.line == 4)
    }
}

extension AuditTamperingTests {
    /// Lines cut up and put together at random, with numbers at the ends of what a number can be.
    @Test func `a file made to harm the verifier harms nothing`() throws {
        var random = SystemRandomNumberGenerator()
        let numbers = [
            "1", "2", "18446744073709551615", "18446744073709551614", "18446744073709551616", "0", "007", "-1",
        ]
        for _ in 0..<300 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...12, using: &random) {
                var text = String(decoding: lines[Int.random(in: 0..<6, using: &random)], as: UTF8.self)
                if Bool.random(using: &random) {
                    let number = numbers[Int.random(in: 0..<numbers.count, using: &random)]
                    text.replace(#/"seq":\d+/#, with: "\"seq\":\(number)")
                }
                if Bool.random(using: &random) { text.replace("\"stop\"", with: "\"recovered\",\"tornBytes\":9") }
                let line = Array(text.utf8)
                bytes +=
                    Bool.random(using: &random) ? line[...] : line[..<Int.random(in: 0...line.count, using: &random)]
            }
            try place.write(bytes)
            let paths = [place.path, place.path].prefix(Int.random(in: 1...2, using: &random))
            _ = try place.verify(Array(paths), head: Bool.random(using: &random) ? head : nil)
            _ = try AuditSuggestion(from: Array(paths)) { _ in }
            for line in try AuditFollower(place.path).last(100, keepsTheRest: false) { _ = AuditTail.text(of: line) }
            _ = try? AuditFile(path: place.path, rotateBytes: 0)
        }
    }
}
