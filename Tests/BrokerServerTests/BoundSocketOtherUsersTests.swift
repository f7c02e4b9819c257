import BrokerServer
import Foundation
import Testing

/// Needs to be root: nobody else can give files away.
@Suite final class BoundSocketOtherUsersTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "b\(UInt32.random(in: 0 ... .max))"
    ).path
    private var socket: String { folder + "/broker.sock" }
    private let files = FileManager.default

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    private func bind() throws -> BoundSocket {
        try BoundSocket(at: SocketPath(socket), access: .init(mode: 0o660, group: 4_242))
    }

    @Test func `the socket is given to the group that was named`() throws {
        let bound = try bind()
        defer { bound.release() }
        let attributes = try files.attributesOfItem(atPath: socket)
        #expect(attributes[.groupOwnerAccountID] as? Int == 4_242)
        #expect(attributes[.posixPermissions] as? Int == 0o660)
    }

    @Test func `a folder of somebody else's is refused`() throws {
        try bind().release()
        try files.setAttributes([.ownerAccountID: 4_242], ofItemAtPath: folder)
        #expect(throws: SocketFailure.folderNotOurs(folder: folder, owner: 4_242)) { _ = try bind() }
    }
}
