import BrokerAccess
import BrokerAudit
import BrokerWire
import Digests
import Foundation
import JSONText
import Testing
import Timestamps

/// A record of a request that was allowed and answered, but for what the test says.
func makeRecord(
    id: RequestID = .integer(7), origin: RecordOrigin = makeOrigin(), action: String = "macie2:GetMacieSession",
    profile: String? = "audit", region: String? = "us-east-1",
    decision: RecordedDecision = .allow(rule: "auditors", at: "broker.yaml:7"), outcome: String = "ok",
    requestID: String? = nil, cached: Bool = false
) -> DecisionRecord {
    DecisionRecord(
        time: .ofTests, origin: origin, id: id, action: action, profile: profile, region: region, decision: decision,
        outcome: outcome, requestID: requestID, cached: cached, microseconds: 37)
}

func makeOrigin(
    uid: UInt32 = 1_000, user: String? = "alice", executable: String? = nil, unit: String? = nil
) -> RecordOrigin {
    let facts = ProcessFacts(executable: executable, unit: unit)
    let isSeen = executable != nil || unit != nil
    return RecordOrigin(
        peer: Peer(uid: uid, gid: 100, pid: 4_242), user: user, sight: isSeen ? .alive(facts) : nil, connection: 9)
}

extension Timestamp {
    static let ofTests = Timestamp(seconds: 1_772_352_000, nanoseconds: 125_000_000)
}

/// The lines that a sink makes of what `body` tells it.
func lines(_ body: (any AuditSink) -> Void) throws -> [String] {
    let pipe = Pipe()
    let sink = LineAuditSink(descriptor: pipe.fileHandleForWriting.fileDescriptor) { .ofTests }
    body(sink)
    #expect(sink.commit())
    try pipe.fileHandleForWriting.close()
    let text = String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    #expect(text.isEmpty || text.hasSuffix("\n"))
    return text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
}

func line(_ record: DecisionRecord) throws -> String {
    try #require(try lines { $0.record(record) }.first)
}

func line(_ kind: AuditEvent.Kind, by actor: AuditEvent.Actor? = nil) throws -> String {
    try #require(try lines { $0.record(AuditEvent(time: .ofTests, kind, by: actor)) }.first)
}

/// A folder of the test's own, removed with this value.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "/macie-audit-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func setMode(_ mode: Int) throws {
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    func names() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path).sorted() }
}

func bytes(of path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))) }

func values(of path: String) throws -> [JSONValue] {
    try bytes(of: path).split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
}

func sha256(of bytes: [UInt8]) -> String { SHA256.digest(of: bytes)?.hex ?? "" }
