internal import Glibc
internal import JSONText

/// Records for people: a line each, in columns, without anything that could play with a terminal.
package enum AuditTail {
    /// The line for a record, its LF included; a line that is no record is shown as it is, and marked.
    package static func text(of line: [UInt8]) -> String {
        guard let record = AuditLine(line.span) else {
            return "?? \(TerminalText.fit(String(decoding: line, as: UTF8.self)))\n"
        }
        return TerminalText.fit(text(of: record)) + "\n"
    }

    private static func text(of record: AuditLine) -> String {
        let members = record.members
        let time = members["time"]?.string ?? ""
        let start = "\(time)  \(padded("#\(record.sequence)", to: 8))  "
        guard record.event == "request" else {
            return start + padded(record.event, to: 16) + rest(of: members, without: ["seq", "prev", "time", "event"])
        }
        var words = [padded(who(members), to: 16), padded(word(members, "decision") ?? "", to: 9)]
        words.append(padded(what(members), to: 48))
        words.append(padded(word(members, "outcome") ?? "", to: 16))
        words.append(details(members))
        var text = start + words.joined(separator: " ")
        while text.hasSuffix(" ") { text.removeLast() }
        return text
    }

    /// `alice(1000)`, or the number alone.
    private static func who(_ members: JSONObject) -> String {
        let uid = members["uid"]?.text ?? "?"
        return word(members, "user").map { "\($0)(\(uid))" } ?? "uid \(uid)"
    }

    /// `macie2:GetMacieSession audit/us-east-1`
    private static func what(_ members: JSONObject) -> String {
        let place = [word(members, "profile"), word(members, "region")].compactMap { $0 }.joined(separator: "/")
        return (word(members, "action") ?? "") + (place.isEmpty ? "" : " \(place)")
    }

    private static func details(_ members: JSONObject) -> String {
        var details: [String] = []
        if let microseconds = members["microseconds"]?.integer { details.append(duration(microseconds)) }
        if members["cached"]?.bool == true { details.append("cached") }
        if let rule = word(members, "rule") {
            details.append("rule \"\(rule)\"" + (word(members, "ruleAt").map { " (\($0))" } ?? ""))
        }
        if let lacks = members["lacks"]?.array?.compactMap(\.string), !lacks.isEmpty {
            details.append("lacks \(lacks.joined(separator: ", "))")
        }
        details.append("pid \(members["pid"]?.text ?? "?")")
        if let executable = word(members, "executable") { details.append(executable) }
        if let unit = word(members, "unit") { details.append(unit) }
        if let request = word(members, "requestId") { details.append("request \(request)") }
        return details.joined(separator: ", ")
    }

    private static func duration(_ microseconds: Int64) -> String {
        microseconds < 10_000 ? "\(microseconds) µs" : "\(microseconds / 1_000) ms"
    }

    private static func rest(of members: JSONObject, without known: Set<String>) -> String {
        members.members.filter { !known.contains($0.name) }
            .map { " \($0.name)=\($0.value.string ?? $0.value.text)" }.joined()
    }

    private static func word(_ members: JSONObject, _ name: String) -> String? { members[name]?.string }

    private static func padded(_ text: String, to width: Int) -> String {
        let count = text.unicodeScalars.count
        return count >= width ? text : text + String(repeating: " ", count: width - count)
    }
}

/// Text that is shown as it is and moves nothing.
enum TerminalText {
    /// The text with everything that could move the cursor, change the screen or turn the direction of writing spelled out:
    /// C0, DEL, C1, line and paragraph separators, bidirectional controls (UAX 9), what has no width.
    static func fit(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isRisky) else { return text }
        var fit = ""
        for scalar in text.unicodeScalars {
            if isRisky(scalar) {
                fit += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                fit.unicodeScalars.append(scalar)
            }
        }
        return fit
    }

    private static func isRisky(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x00AD, 0x061C, 0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
            0xFFF9...0xFFFB, 0xE0000...0xE007F:
            true
        default: false
        }
    }
}
