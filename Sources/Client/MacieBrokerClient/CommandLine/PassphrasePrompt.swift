package import BrokerWire
internal import Glibc

/// Asks a person for a passphrase: at a terminal without showing it; where the input is none, it is the input's first line.
package struct PassphrasePrompt {
    package enum Failure: Error, Sendable, Equatable {
        /// The input ended before there was a line.
        case nothingGiven
        case badLength
        /// No UTF-8, or with a NUL in it, which JSON could not carry.
        case notText
        /// Typed twice, differently.
        case notTheSame
    }

    private let input: Int32
    private let output: Int32

    /// Reads from `input` and asks at `output`, both open descriptors.
    package init(input: Int32 = STDIN_FILENO, output: Int32 = STDERR_FILENO) {
        self.input = input
        self.output = output
    }

    /// The passphrase; a new one is asked for twice at a terminal, for nobody sees a slip.
    package func read(isNew: Bool) throws(Failure) -> Passphrase {
        guard QuietTerminal.isTerminal(input) else { return try passphrase(of: lineOfFile()) }
        let passphrase = try passphrase(of: ask("Passphrase: "))
        if isNew, try self.passphrase(of: ask("The same again: ")) != passphrase { throw .notTheSame }
        return passphrase
    }

    private func passphrase(of line: consuming [UInt8]?) throws(Failure) -> Passphrase {
        guard var line else { throw .nothingGiven }
        defer { line.wipe() }
        guard let text = String(validating: line, as: UTF8.self), !line.contains(0) else { throw .notText }
        guard let passphrase = Passphrase(text) else { throw .badLength }
        return passphrase
    }

    private func ask(_ question: String) -> [UInt8]? {
        TerminalQuestion(input: input, output: output).ask(question, atMost: Self.longestLine)
    }

    private func lineOfFile() -> [UInt8]? {
        var line: [UInt8] = []
        line.reserveCapacity(Self.longestLine)
        var byte: UInt8 = 0
        while line.count < Self.longestLine {
            // SAFETY: read(2) writes at most one byte, into a variable that lives for the call.
            let count = unsafe Glibc.read(input, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return line.isEmpty ? nil : line }
            if byte == UInt8(ascii: "\n") { return line }
            line.append(byte)
        }
        return line
    }

    /// One more than is allowed, so that a longer line is seen to be longer.
    private static let longestLine = Passphrase.byteRange.upperBound + 1
}

extension PassphrasePrompt.Failure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .nothingGiven: "no passphrase was given"
        case .badLength: "a passphrase has 1 to 1024 bytes"
        case .notText: "a passphrase is text in UTF-8"
        case .notTheSame: "the two passphrases differ"
        }
    }
}
