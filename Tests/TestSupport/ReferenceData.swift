internal import Foundation
package import JSONText
package import Testing

/// The reference data that stands beside a checkout, in `../shared/reference`. It is read, never committed.
///
/// Where the folder is absent the tests that need it say so loudly; where `../shared` is there, or in CI when it ought to
/// be, its absence is a failure.
package enum ReferenceData {
    /// The package's root folder.
    package static let packageRoot: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder.path
    }()

    /// The folder, when it is there.
    package static var folder: String? {
        let path = packageRoot + "/../shared/reference"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    /// The folder, or nil after saying loudly that the official cases were not run; a failure when `../shared` exists.
    package static func require(sourceLocation: SourceLocation = #_sourceLocation) -> String? {
        if let folder { return folder }
        print("!!! NOT RUN: the official reference cases (no ../shared/reference beside this checkout)")
        if FileManager.default.fileExists(atPath: packageRoot + "/../shared") {
            Issue.record("../shared exists but ../shared/reference does not", sourceLocation: sourceLocation)
        }
        return nil
    }

    /// The bytes of one file of the folder.
    package static func bytes(_ name: String) throws -> [UInt8] {
        guard let folder else { throw CocoaError(.fileNoSuchFile) }
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name)))
    }

    /// One value a line, blank lines passed over.
    package static func jsonLines(_ name: String) throws -> [JSONValue] {
        try JSONLines.parse(try bytes(name))
    }
}

/// Files with one JSON value a line: vectors and oracles.
package enum JSONLines {
    package static func parse(_ bytes: [UInt8]) throws -> [JSONValue] {
        let rules = JSONRules(duplicateKeys: .refuse, maximumDepth: 64, allowsNUL: true)
        return try bytes.split(separator: UInt8(ascii: "\n")).filter { !$0.allSatisfy { $0 == 0x20 || $0 == 0x0D } }
            .map { try JSONValue(parsing: Array($0), rules: rules) }
    }

    /// The lines of the file that the environment variable `name` points at; empty when it is not set.
    package static func fromEnvironment(_ name: String) throws -> [JSONValue] {
        guard let path = ProcessInfo.processInfo.environment[name], !path.isEmpty else { return [] }
        return try parse([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
    }
}
