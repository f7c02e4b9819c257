/// What is wrong with the configuration, and where: `file:line:column: what`.
struct ConfigurationFailure: Error, Equatable, CustomStringConvertible {
    let file: String
    /// Line and column, from 1; nil when it is about the file as a whole.
    let place: Place?
    let problem: String

    struct Place: Equatable {
        let line: Int
        let column: Int
    }

    var description: String { "\(file)\(place.map { ":\($0.line):\($0.column)" } ?? ""): \(problem)" }
}
