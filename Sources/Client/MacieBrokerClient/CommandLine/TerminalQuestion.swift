internal import Glibc

/// A question at a terminal, asked anew after a signal that did not end the process.
struct TerminalQuestion {
    let input: Int32
    let output: Int32
    /// Whether what is typed can be seen.
    var isShown = false

    /// The line that was typed, without its LF, or the first `limit` bytes of it; nil when the person ended the input.
    func ask(_ question: String, atMost limit: Int) -> [UInt8]? {
        while true {
            switch QuietTerminal.line(from: input, atMost: limit, isShown: isShown, askedBy: { write(question) }) {
            case .line(let line): return line
            case .ended: return nil
            case .interrupted(let signal):
                // At a terminal the Swift runtime takes SIGQUIT for a crash, and shows memory.
                if signal == SIGQUIT { Glibc.signal(signal, SIG_DFL) }
                raise(signal)
            }
        }
    }

    private func write(_ text: String) {
        let bytes = Array(text.utf8)
        // SAFETY: write(2) reads the array's bytes, which live for the call. A question that is not seen can still be answered.
        _ = unsafe Glibc.write(output, bytes, bytes.count)
    }
}
