/// Reads a shared file line by line. What a line is depends on its first byte and on the line before it.
struct ProfileParser {
    private let bytes: [UInt8]
    private let kind: ProfileDocument.Kind
    private var document = ProfileDocument()
    /// `[default]` without the word profile: it counts only when there is no `[profile default]`.
    private var bareDefault: ProfileDocument.Properties?
    private var state = State.beforeAnySection
    private var lineNumber = 0

    private enum State {
        /// Only comments and blank lines so far. Exit: a section's line.
        case beforeAnySection
        /// In a section. `property` is the last one defined, which an indented line continues; it is `nested` when its
        /// own line was empty after "=". Exit: the next section's line.
        case inSection(Section, property: (name: String, nested: Bool)?)
    }

    private enum Section {
        case profile(String), bareDefault, ssoSession(String), services(String)
        /// A section that has no name we know: its lines are checked and dropped.
        case unknown
    }

    init(_ bytes: [UInt8], kind: ProfileDocument.Kind) {
        self.bytes = bytes
        self.kind = kind
    }

    mutating func parse() throws(ProfileSyntaxFailure) -> ProfileDocument {
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            lineNumber += 1
            try read(start..<end)
            start = end + 1
        }
        if let bareDefault, document.profiles["default"] == nil { document.profiles["default"] = bareDefault }
        return document
    }

    private mutating func read(_ line: Range<Int>) throws(ProfileSyntaxFailure) {
        guard !trimmed(line).isEmpty else { return }
        let first = bytes[line.lowerBound]
        if isComment(first) { return }
        if first == UInt8(ascii: "[") {
            try readSection(line)
        } else if isBlank(first) {
            try readContinuation(trimmed(line))
        } else {
            try readProperty(line)
        }
    }

    private mutating func readSection(_ line: Range<Int>) throws(ProfileSyntaxFailure) {
        let header = withoutComment(line, afterBlankOnly: false)
        guard bytes[header.upperBound - 1] == UInt8(ascii: "]") else {
            throw failure("Section definition must end with ']'")
        }
        let section = section(named: text(header.lowerBound + 1..<header.upperBound - 1))
        add(nil, to: section)
        state = .inSection(section, property: nil)
    }

    private mutating func readProperty(_ line: Range<Int>) throws(ProfileSyntaxFailure) {
        guard case .inSection(let section, _) = state else { throw failure("Expected a profile definition") }
        let (name, value) = try nameAndValue(in: line, of: "property", noName: "Property did not have a name")
        state = .inSection(section, property: (name, nested: value.isEmpty))
        add((name, [value]), to: section)
    }

    private mutating func readContinuation(_ line: Range<Int>) throws(ProfileSyntaxFailure) {
        guard case .inSection(let section, let property) = state else {
            throw failure("Expected a profile definition")
        }
        guard let property else { throw failure("Expected a property definition, found a continuation") }
        if property.nested {
            _ = try nameAndValue(in: line, of: "sub-property", noName: "Sub-property did not have a name")
        }
        add((property.name, [line]), to: section, continuing: true)
    }

    /// - Returns: the name in lower case, and where the value is, without a comment that follows a blank.
    private func nameAndValue(
        in line: Range<Int>, of what: String, noName: String
    ) throws(ProfileSyntaxFailure) -> (String, Range<Int>) {
        let line = withoutComment(line, afterBlankOnly: true)
        guard let equals = bytes[line].firstIndex(of: UInt8(ascii: "=")) else {
            throw failure("Expected an '=' sign defining a \(what)")
        }
        let name = trimmed(line.lowerBound..<equals)
        guard !name.isEmpty else { throw failure(noName) }
        return (text(name).lowercased(), trimmed(equals + 1..<line.upperBound))
    }

    private func failure(_ problem: String) -> ProfileSyntaxFailure {
        ProfileSyntaxFailure(line: lineNumber, problem: problem)
    }
}

extension ProfileParser {
    private func section(named header: String) -> Section {
        let words = header.split(whereSeparator: { $0 == " " || $0 == "\t" }).map(String.init)
        guard let name = words.last, name.utf8.allSatisfy(isNameByte) else { return .unknown }
        switch (kind, words.count, words.first) {
        case (.credentials, 1, _): return .profile(name)
        case (.configuration, 1, "default"): return .bareDefault
        case (.configuration, 2, "profile"): return .profile(name)
        case (.configuration, 2, "sso-session"): return .ssoSession(name)
        case (.configuration, 2, "services"): return .services(name)
        default: return .unknown
        }
    }

    /// Makes the section, if it is new, and puts the property in it, or the continuation behind it.
    private mutating func add(
        _ property: (name: String, value: ProfileDocument.Value)?, to section: Section, continuing: Bool = false
    ) {
        var properties = properties(of: section)
        // The last definition counts; a name that no property has is dropped.
        if let property, property.name.utf8.allSatisfy(isNameByte) {
            properties[property.name] = (continuing ? properties[property.name] ?? [] : []) + property.value
        }
        switch section {
        case .profile(let name): document.profiles[name] = properties
        case .bareDefault: bareDefault = properties
        case .ssoSession(let name): document.ssoSessions[name] = properties
        case .services(let name): document.services[name] = properties
        case .unknown: break
        }
    }

    private func properties(of section: Section) -> ProfileDocument.Properties {
        let known =
            switch section {
            case .profile(let name): document.profiles[name]
            case .bareDefault: bareDefault
            case .ssoSession(let name): document.ssoSessions[name]
            case .services(let name): document.services[name]
            case .unknown: ProfileDocument.Properties?.none
            }
        return known ?? [:]
    }

    /// The line up to "#" or ";", blanks dropped at both ends.
    private func withoutComment(_ line: Range<Int>, afterBlankOnly: Bool) -> Range<Int> {
        let line = trimmed(line)
        let comment = line.first { index in
            isComment(bytes[index])
                && (!afterBlankOnly || index > line.lowerBound && isBlank(bytes[index - 1]))
        }
        return trimmed(line.lowerBound..<(comment ?? line.upperBound))
    }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        var (start, end) = (range.lowerBound, range.upperBound)
        while start < end, isBlank(bytes[start]) { start += 1 }
        while start < end, isBlank(bytes[end - 1]) { end -= 1 }
        return start..<end
    }

    /// Names only: a value never becomes a String here.
    private func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    private func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

    private func isComment(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "#") || byte == UInt8(ascii: ";") }

    /// Letters, digits and `-_/.%@:+`, for profiles and properties alike.
    private func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-_/.%@:+".utf8.contains(byte)
        }
    }
}
