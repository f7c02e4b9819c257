import JSONText
import MacieBrokerClient

/// Results as the broker writes them.
enum Samples {
    static let session = #"""
        {"session":{"createdAt":"2020-12-02T22:39:41.930Z","findingPublishingFrequency":"FIFTEEN_MINUTES","serviceRole":\#
        "arn:aws:iam::123456789012:role/macie","status":"ENABLED","updatedAt":"2024-05-01T10:00:00Z"},"provenance":\#
        {"profile":"audit","region":"eu-west-1","requestId":"r-1","fetchedAt":"2024-05-01T10:00:00Z","ageSeconds":1.5,\#
        "cached":true,"attempts":2}}
        """#

    static let emptySession = #"""
        {"session":{},"provenance":{"profile":"default","region":"us-east-1","fetchedAt":"2024-05-01T10:00:00Z",\#
        "ageSeconds":0,"cached":false,"attempts":1}}
        """#

    static let caller = #"""
        {"uid":1000,"gid":1001,"pid":4242,"user":"alice","may":[{"action":"macie2:GetMacieSession","profiles":["audit"],\#
        "regions":["us-east-1","eu-west-1"],"grant":"auditors"},{"action":"macie2:*","profiles":["*"],"regions":[],\#
        "grant":"all\u001b[2J"}]}
        """#

    static let status = #"""
        {"name":"macie-broker","version":"0.1.0","protocol":1,"pid":77,"startedAt":"2024-04-28T10:00:00Z",\#
        "uptimeSeconds":266400.5,"socket":"/run/macie-broker/broker.sock","profiles":[{"name":"audit",\#
        "region":"us-east-1","credentials":{"source":"environment","state":"ready",\#
        "expiresAt":"2024-05-01T13:00:00Z"}},{"name":"dev","credentials":{"source":"shared-files",\#
        "state":"unavailable","reason":"no such profile"}}],"connections":{"open":3,"accepted":120,"refused":0},\#
        "requests":{"answered":10,"refused":1,"failed":2},"cache":{"entries":2,"hits":100,"misses":4},\#
        "upstream":{"calls":4,"failures":0}}
        """#

    /// A caller, with all that the broker may tell.
    static let fullCaller = #"""
        {"uid":1000,"gid":1001,"pid":4242,"user":"alice","group":"alice","groups":[{"gid":27,"group":"sudo"},\#
        {"gid":4100}],"executable":"/usr/bin/x (deleted)","unit":"ci.service","mode":"observe","may":[{"action":\#
        "macie2:GetMacieSession","profiles":["audit"],"regions":["us-east-1"],"grant":"g","executables":["/usr/bin/*"],\#
        "units":["ci.service","cd.service"],"notAfter":"2026-01-01T00:00:00Z","maxAgeAtLeast":60}]}
        """#

    static let digest = String(repeating: "0123456789abcdef", count: 4)

    /// A broker's state, with all that it may tell.
    static let fullStatus = status.replacing(
        #""profiles""#, with: #""mode":"enforce","locked":true,"audit":{\#(auditHead)},"profiles""#)

    private static let auditHead = #""available":true,"sequence":7,"sha256":"\#(digest)""#

    static let policy = #"""
        {"file":"/etc/b.yaml","sha256":"\#(digest)","mode":"enforce","grants":3,"denies":1,\#
        "loadedAt":"2024-05-01T09:00:12Z"}
        """#

    static let limits = #""limits":{"requestLineBytes":65536,"idleSeconds":0.5}"#

    static let adminStatus =
        fullStatus
        .replacing(auditHead, with: #"\#(auditHead),"file":"/var/log/a.jsonl","reason":"disk\u001b full""#)
        .replacing(#""audit""#, with: #""logLevel":"info",\#(limits),"policy":\#(policy),"audit""#, maxReplacements: 1)

    static let denied = #"""
        {"allowed":false,"action":"macie2:GetMacieSession","region":"eu-west-1","reason":"no grant of this user covers \#
        the region","remedy":"ask root\u001b","mode":"enforce"}
        """#

    static let allowed = #"""
        {"allowed":true,"action":"macie2:GetMacieSession","profile":"audit","region":"us-east-1","rule":"auditors",\#
        "reason":"grant \"auditors\" covers it","mode":"enforce"}
        """#

    static let adminDenied = #"""
        {"allowed":false,"action":"macie2:GetMacieSession","profile":"audit","region":"eu-west-1","uid":1001,"groups":\#
        [1001,27],"nearest":{"name":"auditors","at":"/etc/b.yaml:4"},"lacks":["region","freshness"],"reason":"no grant \#
        covers it","mode":"observe"}
        """#

    /// An error that is nobody's answer and ends the connection.
    static func farewell(_ type: String, _ code: Int) -> String {
        #"{"jsonrpc":"2.0","id":null,"error":{"code":\#(code),"message":"bye","#
            + #""data":{"type":"\#(type)","origin":"broker","retryable":true}}}"#
    }

    /// The error that a client makes of JSON-RPC's error member.
    static func error(_ json: String) throws -> BrokerError {
        let reply = try Reply(parsing: Array(#"{"jsonrpc":"2.0","id":1,"error":\#(json)}"#.utf8))
        guard case .error(let error) = reply.outcome else { throw ClientFailure.protocolViolation("no error") }
        return error
    }

    /// What a client makes of `result`, asked by `ask` of a broker that answers just that.
    static func answer<T>(_ result: String, to ask: (BrokerClient) throws -> T) throws -> T {
        let broker = FakeBroker { peer in peer.answer(peer.request(), result) }
        return try ask(BrokerClient(at: broker.address))
    }
}
