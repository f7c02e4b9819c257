internal import JSONText

/// The smallest grants that cover what an audit saw let through, and nothing else: requests that were allowed, and those
/// that mode observe would deny.
package struct AuditSuggestion {
    private var needs: Set<Need> = []
    /// The latest name of each uid.
    private var names: [String: String] = [:]

    /// One thing that one user needed.
    fileprivate struct Need: Hashable {
        let uid: String
        let action: String
        let profile: String
        let region: String
    }

    /// Reads the files, in any order.
    ///
    /// - Parameters:
    ///   - paths: audit files.
    ///   - report: is given everything that is wrong with them: what was tampered with suggests what somebody wanted.
    /// - Throws: when a file cannot be read.
    package init(from paths: [String], report: @escaping (AuditFinding) -> Void) throws(AuditFailure) {
        var needs: Set<Need> = []
        var names: [String: String] = [:]
        _ = try AuditVerifier.verify(
            paths, head: nil, looks: 1,
            each: { record in
                guard let need = Need(record) else { return }
                needs.insert(need)
                names[need.uid] = record.members["user"]?.string
            }, report: report)
        self.needs = needs
        self.names = names
    }

    /// The key `grants` of a configuration.
    package var yaml: String {
        let boxes = Box.fewest(covering: needs.map { [$0.uid, $0.action, $0.profile, $0.region] })
        guard !boxes.isEmpty else { return "# No request was seen that needs a grant.\ngrants: []\n" }
        return "grants:\n" + boxes.map(grant).joined()
    }

    private func grant(_ box: Box) -> String {
        let users = box.sides[0].sorted { (UInt32($0) ?? 0) < (UInt32($1) ?? 0) }.map(user)
        var text = "  - users: [\(users.joined(separator: ", "))]\n"
        text += "    actions: \(Self.list(box.sides[1]))\n    profiles: \(Self.list(box.sides[2]))\n"
        return text + "    regions: \(Self.list(box.sides[3]))\n"
    }

    /// A name that can be nothing but a name, else the number.
    private func user(_ uid: String) -> String {
        guard let name = names[uid], let first = name.utf8.first, first == 0x5F || (0x61...0x7A).contains(first),
            name.utf8.allSatisfy({
                $0 == 0x5F || $0 == 0x2D || (0x61...0x7A).contains($0) || (0x30...0x39).contains($0)
            })
        else { return uid }
        return Self.quoted(name)
    }

    private static func list(_ texts: Set<String>) -> String {
        "[\(texts.sorted().map(quoted).joined(separator: ", "))]"
    }

    /// A string of JSON is one of YAML 1.2.
    private static func quoted(_ text: String) -> String {
        var out: [UInt8] = []
        JSONText.appendQuoted(text, to: &out)
        return String(decoding: out, as: UTF8.self)
    }
}

extension AuditSuggestion.Need {
    /// nil for what needs no grant (the broker's own methods), for a request without a region, which AWS cannot be asked,
    /// and for what no grant can name without naming more: a `*` in a grant is a pattern.
    fileprivate init?(_ record: AuditLine) {
        let members = record.members
        guard record.event == "request", let decision = members["decision"]?.string,
            decision == "allow" || decision == "wouldDeny", let uid = members["uid"]?.integer,
            let action = members["action"]?.string, action.utf8.contains(UInt8(ascii: ":")),
            let profile = members["profile"]?.string, let region = members["region"]?.string,
            !(action + profile + region).utf8.contains(UInt8(ascii: "*"))
        else { return nil }
        self.init(uid: String(uid), action: action, profile: profile, region: region)
    }
}
