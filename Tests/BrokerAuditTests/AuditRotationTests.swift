import BrokerAudit
import BrokerWire
import Foundation
import JSONText
import Testing

@Suite struct AuditRotationTests {
    private let place: Place

    init() throws { place = try Place() }

    private func rotated(_ sequence: Int) -> String { place.path + "." + String(format: "%020d", sequence) }

    @Test func `a file that has grown to its size gets its name, and the chain goes on in a new one`() throws {
        let audit = try place.open(rotateBytes: 65_536)
        for id in 1...1_000 { #expect(audit.tell(Int64(id))) }
        let files = try place.files
        #expect(files.count > 5)
        for file in files {
            let values = try values(of: file)
            #expect(try bytes(of: file).count < 65_536 + 1_000)
            if file != place.path { #expect(file == rotated(Int(values.last?["seq"]?.integer ?? 0))) }
            if file != files.first { #expect(values.first?["event"] == "rotated") }
            #expect((try FileManager.default.attributesOfItem(atPath: file))[.posixPermissions] as? Int == 0o600)
        }
        for (file, next) in zip(files, files.dropFirst()) {
            let name = try #require(file.split(separator: "/").last)
            #expect(try values(of: next).first?["previousFile"]?.string == String(name))
        }
        let ids = try files.flatMap { try values(of: $0) }.compactMap { $0["id"]?.integer }
        #expect(ids == (1...1_000).map(Int64.init))
        for order in [files, files.reversed(), files.shuffled()] {
            let (summary, findings) = try place.verify(order, head: audit.head)
            #expect(findings.isEmpty)
            #expect(summary.records == audit.head.sequence)
        }
    }

    @Test func `a size of 0 never begins a new file`() throws {
        let audit = try place.open()
        for id in 1...500 { audit.record(makeRecord(id: .integer(Int64(id)))) }
        #expect(audit.commit())
        #expect(audit.tell(501))
        #expect(try place.folder.names() == ["audit.jsonl"])
    }

    @Test func `asked to, it begins a new file at once, or with the commit of what is staged`() throws {
        let audit = try place.open()
        audit.rotate()
        #expect(try place.folder.names() == ["audit.jsonl"])
        #expect(audit.tell(1))
        audit.rotate()
        #expect(try place.files == [rotated(1), place.path])
        audit.record(makeRecord(id: .integer(2)))
        audit.rotate()
        #expect(try place.files.count == 2)
        #expect(audit.commit())
        #expect(try place.files == [rotated(1), rotated(3), place.path])
        #expect(try values(of: rotated(3)).last?["id"] == 2)
        #expect(audit.head.sequence == 4)
        #expect(try place.findings(head: audit.head).isEmpty)
    }

    @Test func `every file tells where it goes on from, so that the old ones may be put elsewhere`() throws {
        let audit = try place.open()
        for id in 1...3 {
            #expect(audit.tell(Int64(id)))
            audit.rotate()
        }
        #expect(audit.tell(4))
        for count in 1...4 { #expect(try place.findings(in: place.files.suffix(count), head: audit.head).isEmpty) }
        let (summary, _) = try place.verify([place.path])
        #expect(summary.first == 6)
    }

    @Test func `what is missing between files is found, and where`() throws {
        let audit = try place.open()
        for id in 1...4 {
            for more in 0..<3 { #expect(audit.tell(Int64(id * 10 + more))) }
            if id < 4 { audit.rotate() }
        }
        let files = try place.files
        #expect(try place.findings(head: audit.head).isEmpty)
        let without = try place.findings(in: [files[0], files[2], files[3]])
        #expect(without.map(\.kind) == [.truncated])
        #expect(without.first?.sequence == 4)

        // The last record of a file that is not the last one.
        let content = try bytes(of: files[1])
        let lines = content.split(separator: UInt8(ascii: "\n")).map { Array($0) + [UInt8(ascii: "\n")] }
        try Data(lines.dropLast().joined()).write(to: URL(fileURLWithPath: files[1]))
        #expect(try place.findings().map(\.kind) == [.truncated, .truncated])
        // Its name alone gives it away.
        #expect(try place.findings(in: [files[1]]).map(\.kind) == [.truncated])
        // The first record of a file, which tells what it goes on from.
        try Data(lines.dropFirst().joined()).write(to: URL(fileURLWithPath: files[1]))
        #expect(try place.findings().map(\.kind) == [.truncated])
        #expect(try place.findings(in: [files[1]]).map(\.kind) == [.removed])
    }

    @Test func `a file given twice is found`() throws {
        let audit = try place.open()
        #expect(audit.tell(1))
        #expect(audit.tell(2))
        #expect(try !place.findings(in: [place.path, place.path]).isEmpty)
    }

    @Test func `after a crash between the two files of a rotation the chain goes on from the old one`() throws {
        do {
            let audit = try place.open()
            for id in 1...3 { #expect(audit.tell(Int64(id))) }
        }
        for empty in [false, true] {
            try FileManager.default.moveItem(atPath: place.path, toPath: rotated(empty ? 4 : 3))
            if empty { try place.write([]) }
            let audit = try place.open()
            #expect(audit.head.sequence == (empty ? 5 : 4))
            #expect(try values(of: place.path).map { $0["event"] } == ["rotated"])
            #expect(try place.findings(head: audit.head).isEmpty)
        }
    }

    @Test func `a crash in the first record of a new file is recovered from`() throws {
        do {
            let audit = try place.open()
            #expect(audit.tell(1))
            audit.rotate()
        }
        let first = try bytes(of: place.path)
        for length in 0..<first.count {
            try place.write(Array(first[..<length]))
            do {
                let audit = try place.open()
                try #require(audit.tell(2))
            }
            let findings = try place.findings()
            try #require(findings.isEmpty, "\(length): \(findings)")
            try #require(try place.findings(in: [place.path]).isEmpty, "\(length)")
        }
    }

    @Test func `a name that is taken is left alone, and the file grows on`() throws {
        let audit = try place.open()
        #expect(audit.tell(1))
        try Data("mine".utf8).write(to: URL(fileURLWithPath: rotated(1)))
        audit.rotate()
        #expect(try bytes(of: rotated(1)) == Array("mine".utf8))
        #expect(audit.isAvailable)
        #expect(audit.tell(2))
        #expect(try place.findings(in: [place.path], head: audit.head).isEmpty)
    }

    @Test func `a file that was moved away is gone on from at its place`() throws {
        let audit = try place.open()
        #expect(audit.tell(1))
        try FileManager.default.moveItem(atPath: place.path, toPath: place.path + ".old")
        // Until somebody looks, records go where the file went.
        #expect(audit.tell(2))
        audit.recover()
        #expect(audit.isAvailable)
        #expect(audit.tell(3))
        let values = try values(of: place.path)
        #expect(values.map { $0["event"] } == ["rotated", "request"])
        #expect(values.first?["previousFile"] == "audit.jsonl.old")
        #expect(try place.findings(head: audit.head).isEmpty)
    }

    @Test func `a file moved away before a rotation is not moved again`() throws {
        let audit = try place.open()
        #expect(audit.tell(1))
        try FileManager.default.moveItem(atPath: place.path, toPath: place.path + ".1")
        try place.write([])
        audit.rotate()
        #expect(audit.tell(2))
        #expect(try place.folder.names() == ["audit.jsonl", "audit.jsonl.1"])
        #expect(try place.findings(head: audit.head).isEmpty)
    }
}
