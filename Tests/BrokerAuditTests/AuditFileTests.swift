import BrokerAudit
import BrokerWire
import Foundation
import JSONText
import Testing

@Suite struct AuditFileTests {
    private let place: Place

    init() throws { place = try Place() }

    @Test func `a new file is the owner's alone, and its records begin at 1`() throws {
        let audit = try place.open()
        #expect(audit.isAvailable)
        #expect(audit.tell(1))
        let attributes = try FileManager.default.attributesOfItem(atPath: place.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        let values = try values(of: place.path)
        #expect(values.map { $0["seq"] } == [1])
        #expect(values.first?["prev"]?.string == String(repeating: "0", count: 64))
    }

    @Test func `each record carries the hash of the line before, and the head is that of the last`() throws {
        let audit = try place.open()
        for id in 1...3 { #expect(audit.tell(Int64(id))) }
        audit.record(AuditEvent(time: .ofTests, .stop))
        #expect(audit.head.sequence == 3)
        #expect(audit.commit())
        let lines = try bytes(of: place.path).split(separator: UInt8(ascii: "\n")).map(Array.init)
        let values = try values(of: place.path)
        for index in 1..<4 { #expect(values[index]["prev"]?.string == sha256(of: lines[index - 1])) }
        #expect(audit.head.sequence == 4)
        #expect(audit.head.sha256 == sha256(of: lines[3]))
        #expect(try place.findings(head: audit.head).isEmpty)
    }

    @Test func `nothing is written before the commit, and all of it then`() throws {
        let audit = try place.open()
        for id in 1...100 { audit.record(makeRecord(id: .integer(Int64(id)))) }
        #expect(try bytes(of: place.path).isEmpty)
        #expect(audit.head == .start)
        #expect(audit.commit())
        #expect(try values(of: place.path).map { $0["id"]?.integer } == (1...100).map(Int64.init))
    }

    @Test func `after a restart the chain goes on`() throws {
        for round in 0..<3 {
            let audit = try place.open()
            #expect(audit.head.sequence == UInt64(round * 2))
            #expect(audit.tell(1))
            #expect(audit.tell(2))
        }
        #expect(try values(of: place.path).map { $0["seq"]?.integer } == (1...6).map(Int64.init))
        #expect(try place.findings().isEmpty)
    }

    @Test func `two brokers never write one file`() throws {
        let audit = try place.open()
        #expect(throws: AuditFailure.held(place.path)) { try place.open() }
        #expect(audit.tell(1))
    }

    @Test func `the end of a file is found however long its last record is`() throws {
        let long = String(repeating: "\u{1}", count: 4_000)
        do {
            let audit = try place.open()
            for _ in 0..<4 { audit.record(makeRecord(action: long, profile: long, region: long, outcome: long)) }
            #expect(audit.commit())
        }
        let audit = try place.open()
        #expect(audit.head.sequence == 4)
        #expect(audit.tell(5))
        #expect(try place.findings(head: audit.head).isEmpty)
    }

    // MARK: - What is no audit file

    @Test func `a link, a folder and a FIFO are refused`() throws {
        try FileManager.default.createSymbolicLink(atPath: place.path, withDestinationPath: place.folder.path + "/x")
        #expect(throws: AuditFailure.self) { try place.open() }
        #expect(try place.folder.names() == ["audit.jsonl"])
        try FileManager.default.removeItem(atPath: place.path)
        try FileManager.default.createDirectory(atPath: place.path, withIntermediateDirectories: false)
        #expect(throws: AuditFailure.self) { try place.open() }
        try FileManager.default.removeItem(atPath: place.path)
        // SAFETY: a String given as a C string lives for the call.
        #expect(unsafe mkfifo(place.path, 0o600) == 0)
        #expect(throws: AuditFailure.notAFile(place.path)) { try place.open() }
    }

    @Test func `a device is refused`() {
        #expect(throws: AuditFailure.notAFile("/dev/null")) { try AuditFile(path: "/dev/null", rotateBytes: 0) }
    }

    @Test func `a file that others may write to is refused`() throws {
        do { _ = try place.open() }
        try place.setMode(0o620)
        #expect(throws: AuditFailure.writableByOthers(path: place.path, mode: 0o620)) { try place.open() }
        try place.setMode(0o640)
        _ = try place.open()
    }

    @Test(arguments: ["hello\n", "hello", "{\"seq\":1}\n", "{\"seq\":1,\"prev\":\"00\"}\n\n", "\n", "{}", "\0"])
    func `what does not end in a record is refused and left as it is`(content: String) throws {
        try place.write(Array(content.utf8))
        #expect(throws: AuditFailure.noAudit(place.path)) { try place.open() }
        #expect(try bytes(of: place.path) == Array(content.utf8))
    }

    @Test func `a folder that is not there is said`() {
        #expect {
            try AuditFile(path: place.folder.path + "/none/audit", rotateBytes: 0)
        } throws: {
            "\($0)".contains("No such file or directory")
        }
    }
}
