internal import Digests
internal import JSONText
internal import Timestamps

/// A line that is a record: what the chain needs of it, and its members.
struct AuditLine {
    /// The longest line that is taken for a record, in bytes: all texts of the largest record at their longest, and
    /// escaped, come to less than half of it.
    static let longest = 1 << 20
    /// What every record begins with.
    static let beginning = Array("{\"seq\":".utf8)

    let sequence: UInt64
    /// The hash of the line before.
    let previous: SHA256Digest
    let members: JSONObject

    /// `line` comes without its LF. nil unless it is one strict JSON object that begins with `seq`, `prev`, `time` and
    /// `event` exactly as the broker writes them.
    init?(_ line: Span<UInt8>) {
        guard line.count <= Self.longest, let start = Start(of: line) else { return nil }
        let rules = JSONRules(duplicateKeys: .refuse, maximumDepth: 2, allowsNUL: true)
        guard case .object(let members)? = try? JSONValue(parsing: line, rules: rules), members.members.count >= 4,
            members.members[2].name == "time", members.members[3].name == "event",
            let time = members.members[2].value.string, Timestamp(parsingISO8601: time) != nil,
            members.members[3].value.string != nil
        else { return nil }
        sequence = start.sequence
        previous = start.previous
        self.members = members
    }

    var event: String { members["event"]?.string ?? "" }

    /// Whether the line stands where it should, after a record with that head.
    func follows(_ head: AuditHead) -> Bool {
        head.sequence < .max && sequence == head.sequence + 1 && previous == head.digest
    }

    /// `{"seq":N,"prev":"…","time":"`, byte by byte: no other spelling of it is a record.
    private struct Start {
        let sequence: UInt64
        let previous: SHA256Digest

        init?(of line: Span<UInt8>) {
            var position = 0
            func take(_ text: [UInt8]) -> Bool {
                guard line.count - position >= text.count else { return false }
                for offset in text.indices where line[position + offset] != text[offset] { return false }
                position += text.count
                return true
            }
            guard take(AuditLine.beginning) else { return nil }
            let digits = position
            var number: UInt64 = 0
            while position < line.count, case let digit = line[position] &- UInt8(ascii: "0"), digit < 10 {
                let (shifted, shiftOverflow) = number.multipliedReportingOverflow(by: 10)
                let (sum, overflow) = shifted.addingReportingOverflow(UInt64(digit))
                guard !shiftOverflow, !overflow else { return nil }
                number = sum
                position += 1
            }
            guard position > digits, line[digits] != UInt8(ascii: "0"), take(Self.beforePrevious),
                line.count - position > SHA256Digest.hexDigits,
                let previous = SHA256Digest(
                    hex: line.extracting(position..<position + SHA256Digest.hexDigits))
            else { return nil }
            position += SHA256Digest.hexDigits
            guard take(Self.beforeTime) else { return nil }
            sequence = number
            self.previous = previous
        }

        private static let beforePrevious = Array(",\"prev\":\"".utf8)
        private static let beforeTime = Array("\",\"time\":\"".utf8)
    }
}

extension AuditHead {
    /// The head that a line is, without its LF; nil when it is no record, or libcrypto refuses.
    init?(ofLine line: [UInt8]) {
        guard let record = AuditLine(line.span), let digest = SHA256.digest(of: line) else { return nil }
        self.init(sequence: record.sequence, digest: digest)
    }
}
