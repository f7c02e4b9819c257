internal import JSONText

extension ReplyWriter {
    /// The same replies with the same ids, each an error instead of what it was: for what must not be told after all. Replies
    /// without an id answered no request, and stay. `replies` are whole lines that this type has written.
    package static func withdraw(_ replies: [UInt8], saying error: ErrorReply) -> [UInt8] {
        var out: [UInt8] = []
        for line in replies.split(separator: UInt8(ascii: "\n")) {
            guard let id = identifier(of: line) else {
                out += line
                out.append(UInt8(ascii: "\n"))
                continue
            }
            JSONText.append(head, to: &out)
            out += id
            JSONText.append(",\"error\":", to: &out)
            error.json.write(to: &out)
            end(&out)
        }
        return out
    }

    /// The id of a reply as it stands there; nil when it is null.
    private static func identifier(of line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        let rest = line.dropFirst(head.utf8CodeUnitCount)
        guard let first = rest.first, first != UInt8(ascii: "n") else { return nil }
        guard first == UInt8(ascii: "\"") else { return rest.prefix { $0 != UInt8(ascii: ",") } }
        var isEscaped = false
        for index in rest.indices.dropFirst() {
            if isEscaped {
                isEscaped = false
            } else if rest[index] == UInt8(ascii: "\\") {
                isEscaped = true
            } else if rest[index] == UInt8(ascii: "\"") {
                return rest[...index]
            }
        }
        return nil
    }
}
