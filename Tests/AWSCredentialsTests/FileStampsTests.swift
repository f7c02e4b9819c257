import AWSCredentials
import Foundation
import Testing

@testable import AWSCredentials

@Suite struct FileStampsTests {
    @Test func `whatever changes in a file changes its stamp`() throws {
        let files = try TemporaryFiles()
        let path = "\(files.home)/f"
        func stamp() -> FileStamps { FileStamps(of: [path]) }
        var seen = [stamp()]
        func changed() -> Bool {
            defer { seen.append(stamp()) }
            return !seen.contains(stamp())
        }
        #expect(stamp() == stamp() && !FileStamps.isThere(path))
        try files.write("one", to: "f")
        #expect(changed() && FileStamps.isThere(path))
        // The same length, in place.
        try Data("two".utf8).write(to: URL(fileURLWithPath: path))
        #expect(changed())
        let date = Date(timeIntervalSince1970: 1_000_000_000)
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
        #expect(changed())
        // Another file of the same length, and of the same time of change.
        try files.write("one", to: "f")
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
        #expect(changed())
        try FileManager.default.setAttributes([.posixPermissions: 0o400], ofItemAtPath: path)
        #expect(changed())
        try FileManager.default.removeItem(atPath: path)
        #expect(stamp() == seen[0])
    }

    @Test func `stamps of several files are told apart, and put together`() throws {
        let files = try TemporaryFiles()
        try files.write("one", to: "f")
        let (there, missing) = ("\(files.home)/f", "\(files.home)/g")
        #expect(FileStamps(of: [there, missing]) == FileStamps(of: [there]) + FileStamps(of: [missing]))
        #expect(
            FileStamps(of: [there]) != FileStamps(of: [missing]) && FileStamps(of: [nil]) != FileStamps(of: [there]))
        #expect(FileStamps() + FileStamps(of: [there]) == FileStamps(of: [there]))
        #expect(FileStamps(of: ["\(there)\u{0}x"]) != FileStamps(of: [there]))
    }

    @Test func `files that were found later are learned, those that were known are not`() throws {
        let files = try TemporaryFiles()
        try files.write("one", to: "f")
        var first = FileStamps(of: ["\(files.home)/f"])
        try files.write("other", to: "f")
        let later = FileStamps(of: ["\(files.home)/f", "\(files.home)/g"])
        first.learn(from: later)
        #expect(first != later)
        var same = FileStamps(of: ["\(files.home)/f"])
        same.learn(from: later)
        #expect(same == later)
    }
}
