import Foundation
import JSONText

/// An audit as it lies on the disk: the file that is written to, and those that it was before.
struct AuditFiles {
    let path: String

    init(_ path: String) { self.path = path }

    /// All of them, oldest first: a rotated one has its last record's number after its name.
    var names: [String] {
        let folder = (path as NSString).deletingLastPathComponent
        let own = (path as NSString).lastPathComponent
        let found = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return found.filter { $0.hasPrefix(own + ".") }.sorted().map { "\(folder)/\($0)" } + [path]
    }

    /// Every record, of every file.
    func records() throws -> [JSONValue] {
        try names.flatMap { name in
            try String(contentsOfFile: name, encoding: .utf8).split(separator: "\n").map {
                try JSONValue(parsing: Array($0.utf8))
            }
        }
    }

    func records(of event: String) throws -> [JSONValue] { try records().filter { $0["event"]?.string == event } }

    /// The number of the last record.
    func lastSequence() throws -> Int64 { try records().last?["seq"]?.integer ?? 0 }

    /// Reads the chain as Audit/chain.py does, which has no code in common with the broker, and holds every reply in the
    /// files of `answered` to its record. A summary; throws with what is wrong.
    func verify(_ files: [String]? = nil, answered: [String] = []) throws -> JSONValue {
        let outcome = try Self.chain(answered.flatMap { ["--answered", $0] } + (files ?? names))
        guard outcome.status == 0 else { throw HarnessFailure("the chain is not intact: \(outcome.err)") }
        return outcome.json
    }

    /// Runs chain.py.
    static func chain(_ words: [String]) throws -> Outcome {
        try ChildProcess.run(
            Python.forOthers, [Python.script("chain.py", of: "Audit")] + words, environment: Python.environment)
    }
}
