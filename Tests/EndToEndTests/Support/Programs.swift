import Foundation
import Synchronization

/// The programs under test, as built with these tests, copied to where every user of this host may run them.
enum Programs {
    /// Folders of the programs and of the Swift libraries that they load.
    struct Stage: Sendable {
        let folder: String

        var brokerd: String { folder + "/macie-brokerd" }
        var client: String { folder + "/macie-broker" }
        var simulator: String { folder + "/macie-simulator" }
    }

    /// Copies them, once for all tests; the copy goes when the tests end.
    static func stage() throws -> Stage { try staged.get() }

    /// Beside the running test program, whatever the configuration and the scratch path are; or in
    /// `MACIE_BROKER_PROGRAMS`.
    static let builtFolder: String =
        ProcessInfo.processInfo.environment["MACIE_BROKER_PROGRAMS"].flatMap { $0.isEmpty ? nil : $0 }
        ?? URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path

    private static let staged: Result<Stage, any Error> = Result {
        let folder = try TemporaryFolders.make("programs")
        let built = ["macie-brokerd", "macie-broker", "macie-simulator"].map { "\(builtFolder)/\($0)" }
        for program in built where !FileManager.default.isExecutableFile(atPath: program) {
            throw HarnessFailure("\(program) is missing: build with `swift build --build-tests`")
        }
        let libraries = Set(try built.flatMap { try swiftLibraries(of: $0) })
        // By cp(1): a program that this process had open for writing while it forks could not be run (ETXTBSY, execve(2)).
        let copied = try ChildProcess.run("/bin/cp", built + libraries + ["\(folder)/"])
        guard copied.status == 0 else { throw HarnessFailure("\(copied)") }
        for program in built {
            let copy = "\(folder)/\(URL(fileURLWithPath: program).lastPathComponent)"
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: copy)
        }
        return Stage(folder: folder)
    }

    /// The Swift libraries that a program loads from the toolchain, where other users may not be able to look. Programs
    /// look beside themselves, too.
    private static func swiftLibraries(of program: String) throws -> [String] {
        let told = try ChildProcess.run("/usr/bin/ldd", [program])
        return told.out.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count >= 3, words[1] == "=>", words[2].contains("/swift/") else { return nil }
            return String(words[2])
        }
    }
}

/// Folders below /tmp that everybody may enter, and that are gone when the tests are.
enum TemporaryFolders {
    private static let made = Mutex<[String]>([])
    private static let isCleaningUp: Void = {
        atexit { TemporaryFolders.removeAll() }
    }()

    /// A short path: a socket's has 107 bytes at most.
    static func make(_ name: String) throws -> String {
        _ = isCleaningUp
        let path = "/tmp/macie-broker-\(name)-\(UUID().uuidString.prefix(8).lowercased())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        made.withLock { $0.append(path) }
        return path
    }

    static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
        made.withLock { $0.removeAll { $0 == path } }
    }

    private static func removeAll() {
        for path in made.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
    }
}
