import BrokerAudit
import Foundation
import Testing

/// What needs another user: files of somebody else's, and folders that the broker may not write to. Root may do all of
/// that, so a process of its own becomes somebody else.
@Suite struct AuditFileOtherUsersTests {
    @Test func `a file of somebody else's is refused`() throws {
        let place = try Place()
        try place.write([])
        #expect(chown(place.path, to: 65_534))
        #expect(throws: AuditFailure.foreign(path: place.path, owner: 65_534)) { try place.open() }
    }

    @Test func `a folder that became read-only refuses, and the audit comes back with it`() async {
        await #expect(processExitsWith: .success) {
            let place = try Place()
            try #require(chown(place.folder.path, to: 65_534))
            try #require(seteuid(65_534) == 0)
            let audit = try place.open()
            try #require(audit.tell(1))
            try FileManager.default.removeItem(atPath: place.path)
            try place.folder.setMode(0o500)
            try #require(!audit.tell(2))
            audit.recover()
            try #require(!audit.isAvailable)
            try #require(audit.unavailableReason?.contains("Permission denied") == true)
            try place.folder.setMode(0o700)
            audit.recover()
            try #require(audit.tell(3))
            try #require(seteuid(0) == 0)
        }
    }

    @Test func `a rotation in a folder that became read-only loses nothing, and the file grows on`() async {
        await #expect(processExitsWith: .success) {
            let place = try Place()
            try #require(chown(place.folder.path, to: 65_534))
            try #require(seteuid(65_534) == 0)
            let audit = try place.open(rotateBytes: 65_536)
            try place.folder.setMode(0o500)
            for id in 1...500 { try #require(audit.tell(Int64(id))) }
            audit.rotate()
            try #require(try place.folder.names() == ["audit.jsonl"])
            try place.folder.setMode(0o700)
            audit.rotate()
            try #require(try place.folder.names().count == 2)
            try #require(try place.findings(head: audit.head).isEmpty)
            try #require(seteuid(0) == 0)
        }
    }
}

private func chown(_ path: String, to uid: uid_t) -> Bool {
    // SAFETY: a String given as a C string lives for the call.
    unsafe Foundation.chown(path, uid, uid) == 0
}
