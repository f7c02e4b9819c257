import Foundation
import Testing

@testable import macie_brokerd

/// Needs to be root: nobody else can give files away.
@Suite struct ConfigurationFileOtherUsersTests {
    @Test func `a file of somebody else's is refused`() throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("broker-\(UUID().uuidString).yaml")
            .path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Data().write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.ownerAccountID: 4_242], ofItemAtPath: path)
        #expect {
            _ = try ConfigurationFile.read(path)
        } throws: { error in
            "\(error)".hasPrefix("\(path): belongs to uid 4242")
        }
    }
}
