internal import Yams

/// One mapping of the configuration file, read key by key. What nobody has asked for by the end is an unknown key.
struct YAMLSection {
    let file: String
    /// Where it stands, as `profiles.audit`; empty for the whole file.
    let name: String
    let place: ConfigurationFailure.Place?
    private var nodes: [(key: Node, value: Node)]
    private var known: [String] = []

    init(_ node: Node, in file: String, name: String) throws(ConfigurationFailure) {
        self.file = file
        self.name = name
        place = Self.place(of: node)
        guard let mapping = node.mapping else {
            let what = name.isEmpty ? "the file" : name
            throw ConfigurationFailure(file: file, place: place, problem: "\(what) must be a mapping of keys to values")
        }
        nodes = mapping.map { ($0.key, $0.value) }
    }

    /// The keys of a mapping whose names are the user's own, such as profiles.
    var keys: [Located<String>] {
        nodes.compactMap { node in node.key.string.map { Located(value: $0, place: Self.place(of: node.key)) } }
    }

    mutating func text(_ key: String) throws(ConfigurationFailure) -> Located<String>? {
        guard let node = take(key) else { return nil }
        guard let text = Self.text(of: node) else { throw failure(key, node, "must be a text") }
        return Located(value: text, place: Self.place(of: node))
    }

    mutating func flag(_ key: String) throws(ConfigurationFailure) -> Bool? {
        guard let node = take(key) else { return nil }
        switch node.scalar?.string {
        case "true": return true
        case "false": return false
        default: throw failure(key, node, "must be true or false")
        }
    }

    mutating func integer(_ key: String, in range: ClosedRange<Int>) throws(ConfigurationFailure) -> Int? {
        guard let node = take(key) else { return nil }
        guard let value = node.scalar.flatMap({ Int($0.string) }), range.contains(value) else {
            throw failure(key, node, "must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    mutating func seconds(_ key: String, in range: ClosedRange<Double>) throws(ConfigurationFailure) -> Double? {
        guard let node = take(key) else { return nil }
        guard let value = node.scalar.flatMap({ Double($0.string) }), range.contains(value) else {
            throw failure(key, node, "must be a number of seconds from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    mutating func number(_ key: String, in range: ClosedRange<Double>) throws(ConfigurationFailure) -> Double? {
        guard let node = take(key) else { return nil }
        guard let value = node.scalar.flatMap({ Double($0.string) }), range.contains(value) else {
            throw failure(key, node, "must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    mutating func texts(_ key: String) throws(ConfigurationFailure) -> [Located<String>]? {
        guard let node = take(key) else { return nil }
        guard let sequence = node.sequence else { throw failure(key, node, "must be a list, such as [one, two]") }
        guard !sequence.isEmpty else { throw failure(key, node, "must not be empty; leave it out instead") }
        var texts: [Located<String>] = []
        for element in sequence {
            guard let text = Self.text(of: element) else { throw failure(key, element, "must be a list of texts") }
            texts.append(Located(value: text, place: Self.place(of: element)))
        }
        return texts
    }

    mutating func section(_ key: String) throws(ConfigurationFailure) -> YAMLSection? {
        guard let node = take(key) else { return nil }
        return try YAMLSection(node, in: file, name: path(key))
    }

    mutating func sections(_ key: String) throws(ConfigurationFailure) -> [YAMLSection]? {
        guard let node = take(key) else { return nil }
        guard let sequence = node.sequence else { throw failure(key, node, "must be a list") }
        var sections: [YAMLSection] = []
        for (index, element) in sequence.enumerated() {
            sections.append(try YAMLSection(element, in: file, name: "\(path(key))[\(index)]"))
        }
        return sections
    }

    /// Where the value of a key stands that has not been read yet; nil when it is not there.
    func place(of key: String) -> ConfigurationFailure.Place? {
        nodes.first { $0.key.string == key }.flatMap { Self.place(of: $0.value) }
    }

    /// A key that there was once: says what has come in its place.
    func refuse(_ key: String, because problem: String) throws(ConfigurationFailure) {
        guard let node = nodes.first(where: { $0.key.string == key }) else { return }
        throw failure(at: Self.place(of: node.key), problem)
    }

    /// To be called when everything known has been read.
    func refuseTheRest() throws(ConfigurationFailure) {
        guard let stranger = nodes.first?.key else { return }
        let what = name.isEmpty ? "" : " in \(name)"
        throw ConfigurationFailure(
            file: file, place: Self.place(of: stranger),
            problem: "unknown key \(stranger.string ?? "that is no text")\(what); known are: "
                + known.sorted().joined(separator: ", "))
    }

    func failure(at place: ConfigurationFailure.Place?, _ problem: String) -> ConfigurationFailure {
        ConfigurationFailure(file: file, place: place ?? self.place, problem: problem)
    }

    private func failure(_ key: String, _ node: Node, _ rule: String) -> ConfigurationFailure {
        failure(at: Self.place(of: node), "\(path(key)) \(rule)")
    }

    private func path(_ key: String) -> String { name.isEmpty ? key : "\(name).\(key)" }

    private mutating func take(_ key: String) -> Node? {
        known.append(key)
        guard let index = nodes.firstIndex(where: { $0.key.string == key }) else { return nil }
        return nodes.remove(at: index).value
    }

    /// Numbers are texts too, for a user may be one; `null` and `~` are nothing.
    private static func text(of node: Node) -> String? {
        guard let scalar = node.scalar, !scalar.string.isEmpty, node.null == nil else { return nil }
        return scalar.string
    }

    private static func place(of node: Node) -> ConfigurationFailure.Place? {
        node.mark.map { ConfigurationFailure.Place(line: $0.line, column: $0.column) }
    }
}

/// A value and where it stands.
struct Located<Value> {
    let value: Value
    let place: ConfigurationFailure.Place?
}
