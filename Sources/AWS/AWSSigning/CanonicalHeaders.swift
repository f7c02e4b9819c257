/// The headers of a canonical request: names in lower case and in order, repeated ones joined, blanks collapsed.
struct CanonicalHeaders {
    private var fields: [(name: String, value: String)] = []

    /// - Parameter room: how many more are going to be added.
    init(_ headers: [(name: String, value: String)], room: Int = 0) throws(SigningFailure) {
        fields.reserveCapacity(headers.count + room)
        for header in headers { try add(header.name, header.value) }
    }

    /// Adds a header by its name in lower case.
    ///
    /// - Throws: `unsendable` for a name that is no token, and for a value with a control character other than tab.
    mutating func add(_ name: String, _ value: String) throws(SigningFailure) {
        guard HTTPText.isToken(name) else { throw .unsendable(.headerName) }
        let name = HTTPText.hasUpperCase(name) ? name.lowercased() : name
        try add(lowerCase: name, value)
    }

    /// Adds a header whose name is known to be a token in lower case.
    mutating func add(lowerCase name: String, _ value: String) throws(SigningFailure) {
        guard !HTTPText.hasControls(value) else { throw .unsendable(.headerValue(name: name)) }
        fields.append((name, value))
    }

    func contains(_ name: String) -> Bool { fields.contains { $0.name == name } }

    /// The value of the header `name` (in lower case), nil when there is none.
    ///
    /// - Throws: `conflictingHeader` when it comes more than once.
    func value(of name: String) throws(SigningFailure) -> String? {
        guard let first = fields.firstIndex(where: { $0.name == name }) else { return nil }
        guard !fields[(first + 1)...].contains(where: { $0.name == name }) else {
            throw .conflictingHeader(name: name)
        }
        return fields[first].value
    }

    /// Keeps only the headers whose names (in lower case) are among `names`.
    func selecting(_ names: Set<String>) -> CanonicalHeaders {
        var selected = self
        selected.fields.removeAll { !names.contains($0.name) }
        return selected
    }

    /// The names in lower case, each as often as it comes.
    var names: [String] { fields.map(\.name) }

    /// Brings the headers into the order they are signed in; those of one name stay as they came.
    mutating func sort() {
        // In place, by insertion: there are few, mostly in order already, and equal names must not change places.
        for end in fields.indices.dropFirst() {
            var index = end
            while index > 0, fields[index].name < fields[index - 1].name {
                fields.swapAt(index, index - 1)
                index -= 1
            }
        }
    }

    /// Appends a line for each name. The headers are sorted.
    func appendLines(to out: inout ByteText) {
        for index in fields.indices {
            if isRepeated(index) {
                out.replaceLast(with: UInt8(ascii: ","))
            } else {
                out.append(fields[index].name)
                out.append(UInt8(ascii: ":"))
            }
            HTTPText.appendCollapsed(fields[index].value, to: &out)
            out.append(UInt8(ascii: "\n"))
        }
    }

    /// Appends the names, joined by ";". The headers are sorted.
    func appendNames(to out: inout ByteText) {
        for index in fields.indices where !isRepeated(index) {
            if index > 0 { out.append(UInt8(ascii: ";")) }
            out.append(fields[index].name)
        }
    }

    private func isRepeated(_ index: Int) -> Bool {
        index > 0 && fields[index - 1].name == fields[index].name
    }
}
