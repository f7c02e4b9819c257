/// Lines of a label and a value, the values below one another.
struct LabelledLines {
    private var lines: [(label: String, value: String)] = []

    /// Adds a line; none when there is no value. A line without a label continues the one before.
    mutating func add(_ label: String, _ value: String?) {
        if let value { lines.append((label, value)) }
    }

    /// Every line with its LF.
    func text(in ink: Ink) -> String {
        let width = (lines.map(\.label.count).max() ?? 0) + 2
        return lines.map { line in
            let gap = String(repeating: " ", count: width - line.label.count)
            return "\(line.label.isEmpty ? "" : ink.label(line.label))\(gap)\(line.value)\n"
        }.joined()
    }
}
