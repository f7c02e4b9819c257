import Dispatch
import Foundation
import Glibc
import JSONText
import MacieBrokerClient

/// The broker's end of a connection, in the hands of a test's script. It blocks, on a thread of its own.
struct Peer: ~Copyable {
    private let descriptor: Int32
    private var received: [UInt8] = []

    init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// The next line without its LF; nil when the client has hung up.
    mutating func line() -> [UInt8]? {
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while true {
            if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                defer { received.removeSubrange(...end) }
                return Array(received[..<end])
            }
            // SAFETY: recv(2) writes at most as many bytes as the array has.
            let count = unsafe recv(descriptor, &chunk, chunk.count, 0)
            if count <= 0 { return nil }
            received += chunk[..<count]
        }
    }

    /// The next request; null when the client has hung up or sent something else than JSON.
    mutating func request() -> JSONValue {
        line().flatMap { line in try? JSONValue(parsing: line) } ?? .null
    }

    /// Sends all of it, or as much as the client takes before it hangs up.
    func send(_ text: String) { send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) {
        var sent = 0
        while sent < bytes.count {
            // SAFETY: send(2) reads the bytes from `sent` to the end of the array.
            let count = unsafe bytes.withUnsafeBytes { buffer in
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[sent...])
                return unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            sent += count
        }
    }

    /// Answers `request` with a result in JSON.
    func answer(_ request: JSONValue, _ result: String) {
        send(#"{"jsonrpc":"2.0","id":\#(request["id"]?.text ?? "null"),"result":\#(result)}"# + "\n")
    }
}

/// A broker that does what a test's script says, over one socket pair.
final class FakeBroker {
    /// What a client is to be told: the inherited descriptor.
    var address: BrokerAddress { .descriptor(clientEnd) }
    let clientEnd: Int32

    private let script: Script

    init(_ play: @escaping @Sendable (inout Peer) -> Void) {
        let (clientEnd, brokerEnd) = pairOfSockets()
        self.clientEnd = clientEnd
        script = Script {
            var peer = Peer(brokerEnd)
            play(&peer)
        }
    }

    /// Waits until the script is over and its end is closed.
    func wait() { script.wait() }

    deinit {
        close(clientEnd)
        script.wait()
    }
}

/// A broker that listens on a path, and plays one script for each connection in turn.
final class ListeningBroker {
    var address: BrokerAddress { .path(path) }
    let path: String

    private let folder = TemporaryFolder()
    private let scripts: [Script]

    init(_ plays: (@Sendable (inout Peer) -> Void)...) {
        path = folder.path + "/broker.sock"
        let listener = listeningSocket(path, backlog: 8)
        var earlier: Script?
        scripts = plays.enumerated().map { index, play in
            let before = earlier
            let script = Script {
                before?.wait()
                var peer = Peer(accept(listener, nil, nil))
                if index == plays.count - 1 { close(listener) }
                play(&peer)
            }
            earlier = script
            return script
        }
    }

    /// Waits until the script for connection `index` is over and its end is closed.
    func wait(for index: Int) { scripts[index].wait() }
}

/// Work on a thread of its own, whose end may be waited for as often as one likes.
final class Script: Sendable {
    private let done = DispatchSemaphore(value: 0)

    init(_ work: @escaping @Sendable () -> Void) {
        let done = done
        Thread.detachNewThread {
            work()
            done.signal()
        }
    }

    func wait() {
        done.wait()
        done.signal()
    }
}

final class TemporaryFolder {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("mbc-\(UUID().uuidString)").path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

func pairOfSockets() -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    // SAFETY: socketpair(2) writes two descriptors.
    unsafe socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
    return (ends[0], ends[1])
}

/// A socket that is bound to `path` and listens.
func listeningSocket(_ path: String, backlog: Int32) -> Int32 {
    let listener = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    // SAFETY: the paths of these tests are shorter than the field; bind(2) reads the address, which lives for the call.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in unsafe field.copyBytes(from: path.utf8) }
    let bound = unsafe withUnsafeBytes(of: &address) { bytes in
        guard let start = bytes.baseAddress else { return false }
        return unsafe bind(listener, start.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count)) == 0
    }
    precondition(bound, "cannot bind \(path)")
    listen(listener, backlog)
    return listener
}
