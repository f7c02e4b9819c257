import JSONText

/// The administrator's side of a broker.
extension BrokerProcess {
    var adminPath: String { socketPath + ".admin" }

    func connectAdmin() throws -> RawConnection { try RawConnection(adminPath) }

    /// Runs `macie-broker admin …` against it.
    func admin(
        _ arguments: [String], uid: UInt32? = nil, gid: UInt32? = nil, input: String? = nil
    ) throws -> Outcome {
        try Client.run(["admin"] + arguments, socket: adminPath, uid: uid, gid: gid, input: input)
    }

    /// `admin.Status`.
    func adminStatus() throws -> JSONValue {
        let status = try admin(["status", "--output", "json"])
        guard status.status == 0 else { throw HarnessFailure("\(status)") }
        return status.json
    }
}

/// Requests of the administrator's, without their LF.
enum AdminLine {
    static func call(_ method: String, _ parameters: String = "{}", id: Int = 1) -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"admin.\#(method)","params":\#(parameters)}"#
    }

    /// Each method once, with parameters that it takes.
    static let all = [
        call("Reload"), call("Status"), call("Metrics"), call("DropCache"), call("Lock", #"{"passphrase":"x"}"#),
        call("Unlock", #"{"passphrase":"x"}"#), call("SetLogLevel", #"{"level":"info"}"#),
        call("Explain", #"{"user":"0","action":"macie2:GetMacieSession"}"#), call("ListCredentials"),
        call("AddCredentials", #"{"profile":"default","accessKeyId":"AKIA","secretAccessKey":"s"}"#),
        call("RemoveCredentials", #"{"profile":"default"}"#), call("DropCredentials"),
    ]
}
