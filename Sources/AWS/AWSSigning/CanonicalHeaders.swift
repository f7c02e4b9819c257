/// The headers of a canonical request: names in lower case and in order, repeated ones joined, blanks collapsed.
struct CanonicalHeaders {
    /// "name:value" for each header, one after the other.
    private var text: ByteText
    private var fields: [Field] = []

    /// Where a header stands in `text`: name, colon, value.
    private struct Field {
        let name: Range<Int>
        let end: Int
        var value: Range<Int> { name.upperBound + 1..<end }
        var whole: Range<Int> { name.lowerBound..<end }
    }

    /// The headers of a request, and room for as many bytes of further ones.
    init(_ headers: [(name: String, value: String)], room: Int = 0) throws(SigningFailure) {
        text = ByteText(room: headers.reduce(room) { $0 + $1.name.utf8.count + $1.value.utf8.count + 1 })
        fields.reserveCapacity(headers.count + 4)
        for header in headers { try add(header.name, header.value) }
    }

    /// - Throws: `unsendable` for a name that is no token, and for a value with a control character other than tab.
    mutating func add(_ name: String, _ value: String) throws(SigningFailure) {
        guard HTTPText.isToken(name) else { throw .unsendable(.headerName) }
        try add(lowerCase: name.lowercased(), value)
    }

    /// Adds a header whose name is known to be a token in lower case.
    mutating func add(lowerCase name: String, _ value: String) throws(SigningFailure) {
        let blemishes = HTTPText.blemishes(of: value)
        guard !blemishes.contains(.controls) else { throw .unsendable(.headerValue(name: name)) }
        let start = text.count
        text.append(name)
        let colon = text.count
        text.append(UInt8(ascii: ":"))
        if blemishes.isEmpty { text.append(value) } else { HTTPText.appendCollapsed(value, to: &text) }
        fields.append(Field(name: start..<colon, end: text.count))
    }

    func contains(_ name: String) -> Bool { fields.contains { isNamed(name, $0) } }

    /// The value, collapsed, of the header `name` (in lower case); nil when there is none.
    ///
    /// - Throws: `conflictingHeader` when it comes more than once.
    func value(of name: String) throws(SigningFailure) -> String? {
        guard let first = fields.firstIndex(where: { isNamed(name, $0) }) else { return nil }
        guard !fields[(first + 1)...].contains(where: { isNamed(name, $0) }) else {
            throw .conflictingHeader(name: name)
        }
        return String(decoding: text.bytes[fields[first].value], as: UTF8.self)
    }

    /// The names in lower case, each as often as it comes.
    var names: [String] { fields.map { String(decoding: text.bytes[$0.name], as: UTF8.self) } }

    /// Only the headers whose names (in lower case) are among `names`.
    func selecting(_ names: Set<String>) -> CanonicalHeaders {
        var selected = self
        selected.fields.removeAll { !names.contains(String(decoding: text.bytes[$0.name], as: UTF8.self)) }
        return selected
    }

    /// Brings the headers into the order they are signed in; those of one name stay as they came.
    mutating func sort() {
        // By insertion: there are few, mostly in order already, and equal names must not change places.
        for end in fields.indices.dropFirst() {
            var index = end
            while index > 0, precedes(fields[index], fields[index - 1]) {
                fields.swapAt(index, index - 1)
                index -= 1
            }
        }
    }

    private func precedes(_ left: Field, _ right: Field) -> Bool {
        text.bytes[left.name].lexicographicallyPrecedes(text.bytes[right.name])
    }

    /// How many bytes `appendLines` and `appendNames` append at most.
    var byteCount: Int { 2 * (text.count + fields.count) }

    /// Appends a line for each name. The headers are sorted.
    func appendLines(to out: inout ByteText) {
        for (index, field) in fields.enumerated() {
            if isRepeated(index) {
                out.replaceLast(with: UInt8(ascii: ","))
                out.append(text.bytes.span.extracting(field.value))
            } else {
                out.append(text.bytes.span.extracting(field.whole))
            }
            out.append(UInt8(ascii: "\n"))
        }
    }

    /// Appends the names, joined by ";". The headers are sorted.
    func appendNames(to out: inout ByteText) {
        for (index, field) in fields.enumerated() where !isRepeated(index) {
            if index > 0 { out.append(UInt8(ascii: ";")) }
            out.append(text.bytes.span.extracting(field.name))
        }
    }

    private func isRepeated(_ index: Int) -> Bool {
        index > 0 && text.bytes[fields[index].name] == text.bytes[fields[index - 1].name]
    }

    private func isNamed(_ name: String, _ field: Field) -> Bool {
        field.name.count == name.utf8.count && text.bytes[field.name].elementsEqual(name.utf8)
    }
}
