import Glibc

/// A terminal (pty(7)) and the person before it.
package final class PseudoTerminal: Sendable {
    /// The end that a program has as its terminal.
    package let programEnd: Int32
    private let personEnd: Int32

    package init() throws {
        var (person, program): (Int32, Int32) = (-1, -1)
        // SAFETY: openpty(3) writes two descriptors; name, attributes and size are not asked for.
        guard unsafe openpty(&person, &program, nil, nil, nil) == 0 else { throw NoTerminal(errno: errno) }
        for descriptor in [person, program] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        (personEnd, programEnd) = (person, program)
    }

    package struct NoTerminal: Error {
        let errno: Int32
    }

    deinit {
        close(personEnd)
        close(programEnd)
    }

    /// Whether what is typed is shown.
    package var isEchoing: Bool {
        var attributes = termios()
        // SAFETY: tcgetattr(3) writes into a structure that lives for the call.
        return unsafe tcgetattr(programEnd, &attributes) == 0 && attributes.c_lflag & tcflag_t(ECHO) != 0
    }

    package func type(_ text: String) {
        let bytes = Array(text.utf8)
        // SAFETY: write(2) reads the array's bytes, which live for the call.
        _ = unsafe write(personEnd, bytes, bytes.count)
    }

    /// What the terminal shows, up to and with `end`; less when that has not come after `seconds`.
    package func shown(until end: String, seconds: Int32 = 30) -> String {
        var shown: [UInt8] = []
        var byte: UInt8 = 0
        var entry = pollfd(fd: personEnd, events: Int16(POLLIN), revents: 0)
        // SAFETY: poll(2) reads and writes one entry, read(2) writes one byte; both live for the call.
        while unsafe poll(&entry, 1, seconds * 1_000) > 0, unsafe read(personEnd, &byte, 1) == 1 {
            shown.append(byte)
            if shown.suffix(end.utf8.count).elementsEqual(end.utf8) { break }
        }
        return String(decoding: shown, as: UTF8.self)
    }
}
