import Foundation
import Testing

@testable import macie_brokerd

/// Who can write to the configuration decides who may use the keys.
@Suite final class ConfigurationFileTests {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "configuration-\(UUID().uuidString)")
    private var path: String { folder.appendingPathComponent("broker.yaml").path }

    init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
    deinit { try? FileManager.default.removeItem(at: folder) }

    private func write(_ bytes: [UInt8], mode: Int = 0o600) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func problem() -> String? {
        do {
            _ = try ConfigurationFile.read(path)
            return nil
        } catch {
            return error.problem
        }
    }

    @Test(arguments: [0o600, 0o644, 0o400, 0o755])
    func `a file that only its owner can write to is read`(mode: Int) throws {
        try write(Array("cacheSeconds: 1 # é\n".utf8), mode: mode)
        #expect(try ConfigurationFile.read(path) == "cacheSeconds: 1 # é\n")
    }

    @Test(arguments: [0o620, 0o602, 0o666, 0o664])
    func `a file that others can write to is refused`(mode: Int) throws {
        try write([], mode: mode)
        #expect(problem()?.contains("chmod go-w \(path)") == true)
    }

    @Test func `a file that is missing, a folder and a pipe are refused at once`() throws {
        #expect(problem()?.hasPrefix("cannot be read") == true)
        // SAFETY: a String given as a C string lives for the call.
        #expect(unsafe mkfifo(path, 0o600) == 0)
        #expect(problem() == "is no file")
        try FileManager.default.removeItem(atPath: path)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        #expect(problem() == "is no file")
    }

    @Test func `a file that is too long or no text is refused`() throws {
        try write([UInt8](repeating: 0x20, count: 1 << 20))
        #expect(problem() == nil)
        try write([UInt8](repeating: 0x20, count: 1 << 20 + 1))
        #expect(problem()?.hasPrefix("is longer than") == true)
        try write([0x61, 0xFF])
        #expect(problem() == "is not UTF-8")
    }
}
