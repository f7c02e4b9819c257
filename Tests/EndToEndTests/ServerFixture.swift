import Foundation
import JSONText

/// What every test of the server starts from: a broker in front of a simulator, and the lines that it is asked with.
struct ServerFixture {
    let workplace: Workplace
    let simulator: Simulator
    let broker: BrokerProcess

    /// `more` is further sections of the configuration, such as `limits: {idleSeconds: 1}`; `slow` milliseconds after which
    /// AWS answers, nil at once.
    init(_ more: String = "", slow: Int? = nil) throws { try self.init(slow: slow) { _ in more } }

    /// The same, where those sections name places in the test's folder.
    init(slow: Int? = nil, _ sections: (Workplace) throws -> String) throws {
        workplace = try Workplace()
        let more = try sections(workplace)
        simulator = try Simulator(in: workplace)
        if let slow { try simulator.behave(#"{"kind":"slow","milliseconds":\#(slow)}"#) }
        broker = try BrokerProcess.start(configuration: simulator.configuration(in: workplace, more), in: workplace)
    }

    func connect() throws -> RawConnection { try RawConnection(broker.socketPath) }

    /// `broker.Status`, over a connection of its own.
    func status() throws -> JSONValue {
        guard let result = try connect().ask(RequestLine.status)["result"] else { throw HarnessFailure("no status") }
        return result
    }
}

/// Requests, without their LF.
enum RequestLine {
    static let status = line(0, "broker.Status")

    static func whoAmI(_ id: Int) -> String { line(id, "broker.WhoAmI") }

    /// Some 15 KB of reply.
    static func discover(_ id: Int) -> String { line(id, "rpc.discover") }

    /// Always asks AWS.
    static func freshSession(_ id: Int) -> String {
        line(id, "macie2.GetMacieSession", #","params":{"maxAgeSeconds":0}"#)
    }

    static func session(_ id: Int) -> String { line(id, "macie2.GetMacieSession") }

    static func session(_ id: Int, region: String) -> String {
        line(id, "macie2.GetMacieSession", #","params":{"region":"\#(region)"}"#)
    }

    /// Whether the caller may get a session there.
    static func explain(_ id: Int, region: String) -> String {
        line(id, "broker.Explain", #","params":{"action":"macie2:GetMacieSession","region":"\#(region)"}"#)
    }

    /// A request of exactly so many bytes.
    static func whoAmI(_ id: Int, bytes: Int) -> String {
        let request = whoAmI(id)
        return request.dropLast() + String(repeating: " ", count: bytes - request.utf8.count) + "}"
    }

    private static func line(_ id: Int, _ method: String, _ rest: String = "") -> String {
        #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)"\#(rest)}"#
    }
}

extension JSONValue {
    var errorType: String? { self["error"]?["data"]?["type"]?.string }
}

/// What the kernel tells of a process that runs.
struct ProcessFigures {
    let residentBytes: Int
    let threads: Int
    /// nil when this user may not look at it.
    let descriptors: Int?

    init(of pid: pid_t) throws {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        func number(_ name: String) -> Int? {
            guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix(name + ":") }) else {
                return nil
            }
            return line.split(whereSeparator: { $0 == "\t" || $0 == " " }).dropFirst().first.flatMap { Int($0) }
        }
        guard let kilobytes = number("VmRSS"), let threads = number("Threads") else {
            throw HarnessFailure("process \(pid) does not run")
        }
        residentBytes = kilobytes * 1_024
        self.threads = threads
        descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }
}

extension RawConnection {
    /// Waits until the peer has read everything that was sent, so that what is sent next comes to it on its own.
    func waitUntilTaken() throws {
        let taken = Waiting.until(seconds: 30) {
            var count: Int32 = 0
            // SAFETY: SIOCOUTQ (unix(7)) writes one number, which lives for the call.
            return unsafe ioctl(descriptor, UInt(TIOCOUTQ), &count) != 0 || count == 0
        }
        guard taken else { throw HarnessFailure("the peer does not read") }
    }

    /// Reads to the end at a steady pace, as a client does that has something else to do between two reads.
    func readToEnd(bytesAtOnce: Int, everySeconds pause: Double, within seconds: Double = 60) -> String? {
        let deadline = Deadline(seconds: seconds)
        var all: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: bytesAtOnce)
        while Inlet.wait(for: POLLIN, on: descriptor, before: deadline) {
            // SAFETY: recv(2) writes at most as many bytes as the array has.
            let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
            guard count > 0 else { return count == 0 ? String(decoding: all, as: UTF8.self) : nil }
            all += chunk[..<count]
            _ = Waiting.until(seconds: pause) { false }
        }
        return nil
    }
}
