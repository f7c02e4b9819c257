internal import BrokerWire
internal import Glibc

/// Reads keys from a descriptor: all that comes, or, at a terminal, what a person is asked for, the secrets without showing
/// them.
package struct KeyPrompt {
    /// A terminal cuts a line at so many bytes: termios(3), "canonical mode".
    private static let terminalLineBytes = 4_095

    private let input: Int32
    private let output: Int32

    /// Reads from `input` and asks at `output`.
    package init(input: Int32 = STDIN_FILENO, output: Int32 = STDERR_FILENO) {
        self.input = input
        self.output = output
    }

    package func read() throws(OfferedKeysFailure) -> OfferedKeys {
        guard QuietTerminal.isTerminal(input) else {
            var bytes = try bytesOfFile()
            return try OfferedKeys(wiping: &bytes)
        }
        var parts = KeyParts(names: .typed)
        parts.accessKeyID = try ask("Access key id: ", for: parts.names.accessKeyID, isSecret: false)
        parts.secretAccessKey = try ask("Secret access key: ", for: parts.names.secretAccessKey)
        parts.sessionToken = try ask(
            "Session token (empty when there is none): ", for: parts.names.sessionToken, mayBeEmpty: true)
        return try OfferedKeys(parts)
    }

    private func ask(
        _ question: String, for name: String, isSecret: Bool = true, mayBeEmpty: Bool = false
    ) throws(OfferedKeysFailure) -> WireSecret {
        let prompt = TerminalQuestion(input: input, output: output, isShown: !isSecret)
        guard var line = prompt.ask(question, atMost: Self.terminalLineBytes) else { throw .nothingGiven }
        defer { line.wipe() }
        guard line.count < Self.terminalLineBytes else { throw .lineCutByTerminal(name) }
        let start = line.firstIndex { !OfferedKeys.isBlank($0) } ?? line.endIndex
        let end = line.lastIndex { !OfferedKeys.isBlank($0) }.map { $0 + 1 } ?? start
        guard mayBeEmpty || start < end else { throw .missing(name) }
        return WireSecret(taking: Array(line[start..<end]))
    }

    /// In one array that has not grown.
    private func bytesOfFile() throws(OfferedKeysFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(OfferedKeys.inputBytes + Self.chunkBytes)
        while bytes.count <= OfferedKeys.inputBytes {
            guard let count = appendChunk(to: &bytes) else {
                let error = errno
                bytes.wipe()
                throw .unreadable(descriptor: input, errno: error)
            }
            if count == 0 { return bytes }
        }
        bytes.wipe()
        throw .tooMuch(bytesAtMost: OfferedKeys.inputBytes)
    }

    private static let chunkBytes = 4_096

    /// How many bytes came, 0 at the end; nil when read(2) failed.
    private func appendChunk(to bytes: inout [UInt8]) -> Int? {
        // SAFETY: read(2) writes at most `chunkBytes` bytes into the space; only those it counts are read, and all are wiped.
        unsafe withUnsafeTemporaryAllocation(byteCount: Self.chunkBytes, alignment: 1) { space in
            defer { if let start = space.baseAddress { unsafe explicit_bzero(start, space.count) } }
            while true {
                let count = unsafe Glibc.read(input, space.baseAddress, space.count)
                if count < 0 && errno == EINTR { continue }
                guard count >= 0 else { return nil }
                unsafe bytes.append(contentsOf: space[..<count])
                return count
            }
        }
    }
}
