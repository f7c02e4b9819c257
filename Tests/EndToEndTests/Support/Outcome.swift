import Glibc
import JSONText

/// How a program ended, and what it printed.
struct Outcome: Sendable, CustomStringConvertible {
    let status: Int32
    let out: String
    let err: String

    /// Its standard output as one JSON value; null when it is none.
    var json: JSONValue { (try? JSONValue(parsing: Array(out.utf8))) ?? .null }

    var description: String { "exit \(status)\nout: \(out)\nerr: \(err)" }
}

extension ChildProcess {
    /// Runs a program to its end and collects what it prints. After `seconds` it is killed, and this throws.
    static func run(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], user: User? = nil,
        folder: String? = nil, descriptors: [Int32: Int32] = [:], input: String? = nil, seconds: Double = 60
    ) throws -> Outcome {
        let running = try RunningProgram(
            program, arguments, environment: environment, user: user, folder: folder, descriptors: descriptors,
            input: input)
        return try running.finish(seconds: seconds)
    }
}

/// A program under way, whose output is collected once it ends.
final class RunningProgram {
    let process: ChildProcess
    private let out: Inlet
    private let err: Inlet

    /// Starts it as `ChildProcess` does; 1 and 2 are collected unless they are named among the descriptors.
    init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
        user: ChildProcess.User? = nil, folder: String? = nil, descriptors: [Int32: Int32] = [:],
        input: String? = nil
    ) throws {
        let (outPipe, errPipe) = (try ChildProcess.pipe(), try ChildProcess.pipe())
        out = Inlet(outPipe.reading)
        err = Inlet(errPipe.reading)
        defer {
            close(outPipe.writing)
            close(errPipe.writing)
        }
        var inherited: [Int32: Int32] = [1: outPipe.writing, 2: errPipe.writing]
        inherited.merge(descriptors) { $1 }
        let inPipe = try input.map { _ in try ChildProcess.pipe() }
        if let inPipe { inherited[0] = inPipe.reading }
        defer { if let inPipe { close(inPipe.reading) } }
        process = try ChildProcess(
            program, arguments, environment: environment, user: user, folder: folder, descriptors: inherited)
        if let inPipe, let input {
            // What a pipe holds (pipe(7): 65,536 bytes) is written at once; tests need no more.
            let bytes = Array(input.utf8.prefix(65_536))
            // SAFETY: write(2) reads the array's bytes, which live for the call.
            _ = unsafe write(inPipe.writing, bytes, bytes.count)
            close(inPipe.writing)
        }
    }

    func finish(seconds: Double) throws -> Outcome {
        let deadline = Deadline(seconds: seconds)
        while !out.isAtEnd || !err.isAtEnd {
            guard try fillOne(before: deadline) else { throw HarnessFailure("no end within \(seconds) s") }
        }
        guard let status = process.waitForExit(seconds: seconds) else {
            throw HarnessFailure("streams closed, but no end within \(seconds) s")
        }
        let texts = [out, err].map { String(decoding: $0.rest(before: deadline) ?? [], as: UTF8.self) }
        return Outcome(status: status, out: texts[0], err: texts[1])
    }

    /// Reads from whichever has something; false when the deadline came first.
    private func fillOne(before deadline: Deadline) throws -> Bool {
        let open = [out, err].filter { !$0.isAtEnd }
        var entries = open.map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        // SAFETY: poll(2) reads and writes as many entries as the array has.
        let count = unsafe poll(&entries, nfds_t(entries.count), deadline.milliseconds)
        guard count > 0 || (count < 0 && errno == EINTR) else { return false }
        for (inlet, entry) in zip(open, entries) where entry.revents != 0 { _ = inlet.fill(before: deadline) }
        return true
    }
}
