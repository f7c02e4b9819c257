/// A policy's mode for people to read.
enum ModeText {
    static func described(_ mode: String, _ ink: Ink) -> String {
        switch mode {
        case "enforce": "enforced"
        case "observe": ink.warning("only observed: what it would refuse is let through")
        default: mode.escapedForTerminal
        }
    }
}
