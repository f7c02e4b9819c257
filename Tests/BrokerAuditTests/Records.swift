import BrokerAccess
import BrokerAudit
import BrokerWire
import Timestamps

/// A record of a request that was allowed and answered, but for what the test says.
func makeRecord(
    id: RequestID = .integer(7), profile: String? = "audit", region: String? = "us-east-1",
    decision: Decision = .allowed(rule("auditors")), outcome: String = "ok", requestID: String? = nil,
    cached: Bool = false
) -> DecisionRecord {
    DecisionRecord(
        time: Timestamp(seconds: 1_772_352_000, nanoseconds: 125_000_000),
        origin: RecordOrigin(peer: Peer(uid: 1_000, gid: 100, pid: 4_242), connection: 9), id: id,
        action: "macie2:GetMacieSession", profile: profile, region: region, decision: decision, outcome: outcome,
        requestID: requestID, cached: cached, microseconds: 37)
}

func line(_ record: borrowing DecisionRecord) -> String {
    var out: [UInt8] = []
    var clock = RFC3339Clock()
    record.write(to: &out, clock: &clock)
    return String(decoding: out, as: UTF8.self)
}

func rule(_ name: String) -> Rule { Rule(name: name, who: [.everybody], actions: []) }
