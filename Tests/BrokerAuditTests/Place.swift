import BrokerAudit
import BrokerWire
import Foundation
import JSONText
import Testing
import Timestamps

/// An audit file in a folder of the test's own.
final class Place {
    let folder: TemporaryFolder
    let path: String

    init() throws {
        folder = try TemporaryFolder()
        path = folder.path + "/audit.jsonl"
    }

    /// Opens the audit. A lock outlives its holder for a moment when another test forks in that moment: a child has all
    /// descriptors until it execs.
    func open(rotateBytes: Int = 0) throws -> AuditFile {
        for _ in 0..<1_000 {
            do throws(AuditFailure) {
                return try AuditFile(path: path, rotateBytes: rotateBytes) { .ofTests }
            } catch {
                guard error == .held(path) else { throw error }
                sched_yield()
            }
        }
        throw AuditFailure.held(path)
    }

    /// The audit files there are, by name: rotated ones first.
    var files: [String] {
        get throws { try folder.names().filter { $0 != "audit.jsonl" }.map { folder.path + "/" + $0 } + [path] }
    }

    /// The findings in all files, or in those that are named.
    func findings(in paths: [String]? = nil, head: AuditHead? = nil) throws -> [AuditFinding] {
        try verify(paths, head: head).findings
    }

    func verify(
        _ paths: [String]? = nil, head: AuditHead? = nil
    ) throws -> (summary: AuditSummary, findings: [AuditFinding]) {
        var findings: [AuditFinding] = []
        let summary = try AuditVerifier.verify(paths ?? files, head: head, looks: 0) { findings.append($0) }
        #expect(Int(summary.findings) == findings.count)
        return (summary, findings)
    }

    /// Makes the file what `bytes` are, for its owner alone.
    func write(_ bytes: [UInt8]) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        try setMode(0o600)
    }

    func setMode(_ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
}

extension AuditSink {
    /// Records and commits a request.
    func tell(_ id: Int64) -> Bool {
        record(makeRecord(id: .integer(id)))
        return commit()
    }
}
