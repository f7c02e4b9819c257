import BrokerAudit
import BrokerWire
import Foundation
import JSONText
import Testing

/// What cannot be written is withdrawn; the sink says so, and comes back by itself.
@Suite struct AuditUnavailableTests {
    private let place: Place

    init() throws { place = try Place() }

    @Test func `a file that was removed refuses, and is made anew`() throws {
        let audit = try place.open()
        #expect(audit.tell(1))
        try FileManager.default.removeItem(atPath: place.path)
        let head = audit.head
        audit.record(makeRecord(id: .integer(2)))
        audit.record(makeRecord(id: .integer(3)))
        #expect(!audit.commit())
        #expect(!audit.isAvailable)
        #expect(audit.unavailableReason == "the file was removed")
        #expect(audit.head == head)
        #expect(!audit.tell(4))
        // Nothing staged is nothing that could be lost.
        #expect(audit.commit())

        audit.recover()
        #expect(audit.isAvailable)
        #expect(audit.unavailableReason == nil)
        #expect(audit.tell(5))
        let values = try values(of: place.path)
        #expect(values.map { $0["event"] } == ["recovered", "request"])
        #expect(values.first?["withdrawn"] == 3)
        #expect(values.first?["seq"] == 2)
        // That records are gone is what the verifier has to say.
        #expect(try place.findings().map(\.kind) == [.removed])
    }

    @Test func `a removed file is noticed without a request`() throws {
        let audit = try place.open()
        #expect(audit.tell(1))
        try FileManager.default.removeItem(atPath: place.path)
        audit.recover()
        #expect(audit.isAvailable)
        #expect(try values(of: place.path).first?["reason"] == "the file was removed")
        #expect(audit.tell(2))
    }

    @Test func `a file that others cut refuses, and what they cut is found`() throws {
        let audit = try place.open()
        for id in 1...3 { #expect(audit.tell(Int64(id))) }
        let whole = try bytes(of: place.path)
        let handle = try #require(FileHandle(forWritingAtPath: place.path))
        try handle.truncate(atOffset: UInt64(whole.count - 10))
        #expect(!audit.tell(4))
        #expect(audit.unavailableReason?.contains("\(whole.count) bytes") == true)
        audit.recover()
        #expect(audit.tell(5))
        let findings = try place.findings(head: audit.head)
        #expect(findings.map(\.kind) == [.removed])
        #expect(findings.first?.sequence == 3)
    }

    @Test func `a file that others emptied, as copytruncate does, is gone on with and found`() throws {
        let audit = try place.open()
        for id in 1...3 { #expect(audit.tell(Int64(id))) }
        try FileManager.default.copyItem(atPath: place.path, toPath: place.path + ".1")
        let handle = try #require(FileHandle(forWritingAtPath: place.path))
        try handle.truncate(atOffset: 0)
        #expect(!audit.tell(4))
        audit.recover()
        #expect(audit.tell(5))
        // Nothing is lost, so both files together are whole.
        #expect(try place.findings(in: [place.path, place.path + ".1"], head: audit.head).isEmpty)
        #expect(try place.findings(in: [place.path]).map(\.kind) == [.removed])
    }

    @Test func `what others appended is kept, and told of`() throws {
        let audit = try place.open()
        #expect(audit.tell(1))
        let handle = try #require(FileHandle(forWritingAtPath: place.path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("graffiti\nmore".utf8))
        #expect(!audit.tell(2))
        audit.recover()
        #expect(audit.tell(3))
        let (summary, findings) = try place.verify(head: audit.head)
        #expect(findings.isEmpty)
        #expect(summary.tornAccountedFor == 1)
        #expect(String(decoding: try bytes(of: place.path), as: UTF8.self).contains("\ngraffiti\nmore\n{"))
    }

    @Test func `a file whose place others took is not written to while it is not ours to write`() throws {
        let audit = try place.open()
        #expect(audit.tell(1))
        try FileManager.default.removeItem(atPath: place.path)
        try FileManager.default.createDirectory(atPath: place.path, withIntermediateDirectories: false)
        #expect(!audit.tell(2))
        audit.recover()
        #expect(!audit.isAvailable)
        #expect(audit.unavailableReason?.contains("Is a directory") == true)
        audit.recover()
        #expect(!audit.tell(3))
        try FileManager.default.removeItem(atPath: place.path)
        audit.recover()
        #expect(audit.tell(4))
        #expect(try values(of: place.path).map { $0["seq"] } == [2, 3])
        #expect(try values(of: place.path).first?["withdrawn"] == 2)
    }

    @Test func `staged records keep recovery waiting, so that none is recorded out of turn`() throws {
        let audit = try place.open()
        #expect(audit.tell(1))
        try FileManager.default.removeItem(atPath: place.path)
        #expect(!audit.tell(2))
        audit.record(makeRecord())
        audit.recover()
        #expect(!audit.isAvailable)
        #expect(!audit.commit())
        audit.recover()
        #expect(audit.isAvailable)
    }

    /// RLIMIT_FSIZE, setrlimit(2): of a write that goes past it, what fits is taken, and the next fails with EFBIG. It is
    /// the process's, so a process of its own has it.
    @Test func `a file that may grow no more takes no half record, and refuses until it may again`() async {
        await #expect(processExitsWith: .success) {
            _ = signal(SIGXFSZ, SIG_IGN)
            let place = try Place()
            let path = place.path
            let audit = try place.open()
            var written: Int64 = 0
            try limitFiles(to: 10_000)
            while audit.tell(written + 1) { written += 1 }
            try #require(written > 5)
            try #require(!audit.isAvailable)
            try #require(audit.unavailableReason == "File too large")
            let full = try bytes(of: path)
            try #require(full.count <= 10_000 && full.last == UInt8(ascii: "\n"))
            try #require(try values(of: path).count == Int(written))
            // A turn of many records: none of them, not the first few.
            for id in 0..<50 { audit.record(makeRecord(id: .integer(Int64(id)))) }
            try #require(!audit.commit())
            // Not even the record of what went wrong.
            try limitFiles(to: UInt(full.count + 10))
            audit.recover()
            try #require(!audit.isAvailable)
            try #require(try bytes(of: path) == full)

            try limitFiles(to: 1_000_000)
            audit.recover()
            try #require(audit.isAvailable)
            try #require(audit.tell(99))
            let values = try values(of: path)
            try #require(values.suffix(2).map { $0["event"] } == ["recovered", "request"])
            try #require(values.suffix(2).first?["reason"] == "File too large")
            try #require(values.suffix(2).first?["withdrawn"] == 51)
            try #require(values.map { $0["seq"]?.integer } == (1...written + 2).map { $0 })
            try #require(try place.findings(head: audit.head).isEmpty)
        }
    }

    @Test func `what could neither be written whole nor be cut off is found and gone on from`() throws {
        // What a turn of three records writes after the first one.
        let model = try makeModel()
        let written = try bytes(of: model.path)
        let first = try #require(written.firstIndex(of: UInt8(ascii: "\n"))) + 1
        for length in first + 1..<written.count {
            let place = try Place()
            let audit = try place.open()
            try #require(audit.tell(1))
            let handle = try #require(FileHandle(forWritingAtPath: place.path))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(written[first..<length]))
            try #require(!audit.tell(5))
            audit.recover()
            try #require(audit.tell(6), "\(length): \(audit.unavailableReason ?? "")")
            let (summary, findings) = try place.verify(head: audit.head)
            try #require(findings.isEmpty, "\(length): \(findings)")
            // A record that lacks nothing but its LF is one.
            let whole = written[...length].count { $0 == UInt8(ascii: "\n") }
            try #require(Int(summary.records) == whole + 2, "\(length)")
        }
    }

    private func makeModel() throws -> Place {
        let place = try Place()
        let audit = try place.open()
        #expect(audit.tell(1))
        for id in 2...3 { audit.record(makeRecord(id: .integer(Int64(id)))) }
        #expect(audit.commit())
        return place
    }
}

/// Bytes that a file may have from now on; what others write in this process too.
func limitFiles(to bytes: UInt) throws {
    var limit = rlimit(rlim_cur: bytes, rlim_max: 0)
    // SAFETY: `limit` lives for the calls, which read and write only it.
    unsafe getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
    limit.rlim_cur = bytes
    try #require(unsafe setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0)
}
