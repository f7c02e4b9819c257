/// Text in the OpenMetrics format 1.0, read by the specification's grammar and rules as far as counters and gauges go, and
/// nothing else: no other type, no timestamps, no exemplars.
package struct OpenMetricsText {
    package struct Family: Equatable {
        package enum Kind: String { case counter, gauge }

        package let name: String
        package let kind: Kind
        package let help: String?
        /// Values by what stands before them: name and labels.
        package var samples: [String: Double]
    }

    package struct Fault: Error, CustomStringConvertible {
        package let description: String

        init(_ line: Substring, _ what: String) { description = "\(what): \(line)" }
    }

    package let families: [Family]

    /// The value of a sample, by its name with its labels as written.
    package subscript(sample: String) -> Double? { families.lazy.compactMap { $0.samples[sample] }.first }

    /// - Throws: `Fault` at the first line that breaks a rule.
    package init(parsing text: String) throws {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.popLast() == "", lines.popLast() == "# EOF" else { throw Fault(text.suffix(20), "no end") }
        var families: [Family] = []
        while let first = lines.first {
            guard let head = first.wholeMatch(of: #/# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge)/#) else {
                throw Fault(first, "no beginning of a family")
            }
            lines.removeFirst()
            let body = lines.prefix { !$0.hasPrefix("# TYPE ") }
            lines.removeFirst(body.count)
            let family = try Self.family(String(head.1), Family.Kind(rawValue: String(head.2)) ?? .gauge, Array(body))
            guard !families.contains(where: { Self.clash($0, family) }) else { throw Fault(first, "a name twice") }
            families.append(family)
        }
        self.families = families
    }

    private static func family(_ name: String, _ kind: Family.Kind, _ lines: [Substring]) throws -> Family {
        var lines = lines
        var help: String?
        if let first = lines.first, first.hasPrefix("# HELP \(name) ") {
            let text = first.dropFirst("# HELP \(name) ".count)
            guard isEscaped(text) else { throw Fault(first, "a help text that is not escaped") }
            help = String(text)
            lines.removeFirst()
        }
        var family = Family(name: name, kind: kind, help: help, samples: [:])
        for line in lines {
            guard let sample = line.wholeMatch(of: #/([a-zA-Z_:][a-zA-Z0-9_:]*)(\{[^ ]*\})? (-?[0-9.e+]+)/#) else {
                throw Fault(line, "no sample")
            }
            let wanted = kind == .counter ? name + "_total" : name
            guard sample.1 == wanted else { throw Fault(line, "not a sample of \(name)") }
            let labels = try sample.2.map { try sorted(labels: $0) } ?? ""
            guard let value = Double(sample.3), value.isFinite, kind == .gauge || value >= 0 else {
                throw Fault(line, "no value for a \(kind)")
            }
            guard family.samples.updateValue(value, forKey: wanted + labels) == nil else { throw Fault(line, "twice") }
        }
        guard !family.samples.isEmpty else { throw Fault(Substring(name), "a family without samples") }
        return family
    }

    private static func sorted(labels: Substring) throws -> String {
        let inner = labels.dropFirst().dropLast()
        var found: [String] = []
        for label in inner.split(separator: ",", omittingEmptySubsequences: false) {
            guard let match = label.wholeMatch(of: #/([a-zA-Z_][a-zA-Z0-9_]*)="(.*)"/#), isEscaped(match.2) else {
                throw Fault(labels, "no label")
            }
            guard !found.contains(where: { $0.hasPrefix("\(match.1)=") }) else { throw Fault(labels, "a label twice") }
            found.append(String(label))
        }
        return "{" + found.sorted().joined(separator: ",") + "}"
    }

    /// Backslashes and quotes only as `\\`, `\"` and `\n`.
    private static func isEscaped(_ text: Substring) -> Bool {
        text.wholeMatch(of: #/(?:[^\\"\n]|\\[\\"n])*/#) != nil
    }

    /// A counter's samples must not look as if they were another family's.
    private static func clash(_ one: Family, _ other: Family) -> Bool {
        one.name == other.name || one.name + "_total" == other.name || other.name + "_total" == one.name
    }
}
