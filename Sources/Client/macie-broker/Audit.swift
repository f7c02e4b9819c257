internal import ArgumentParser

/// `macie-broker audit`: `macie-brokerd audit`, by the name that people know.
struct Audit: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Verify, show or learn from audit files: macie-brokerd audit.",
        discussion: "audit verify FILE…, audit tail FILE, audit suggest FILE…; `macie-broker audit --help` tells more.")

    @Argument(parsing: .captureForPassthrough, help: ArgumentHelp("Words for macie-brokerd audit.", valueName: "word"))
    var words: [String] = []

    func run() {
        Brokerd.takeOver(["audit"] + words)
    }
}
