import Glibc
import MacieBrokerClient
import Testing

@Suite struct BrokerConnectionTests {
    private static let reply = #"{"jsonrpc":"2.0","id":1,"result":{"status":"é\#u{1F600}"}}"#

    @Test func `lines come out the same wherever they are cut`() throws {
        let bytes = Array((Self.reply + "\n").utf8)
        for cut in 1..<bytes.count {
            let (client, broker) = pairOfSockets()
            let peer = Peer(broker)
            defer { close(client) }
            let line = try Line(.descriptor(client))
            peer.send(Array(bytes[..<cut]))
            #expect(throws: ClientFailure.timedOut(afterSeconds: 20)) { try line.receive(by: atOnce) }
            peer.send(Array(bytes[cut...]))
            #expect(try line.receive(by: soon) == bytes.dropLast())
        }
    }

    @Test func `a line comes out whole when it comes byte by byte`() throws {
        let (client, broker) = pairOfSockets()
        let peer = Peer(broker)
        defer { close(client) }
        let line = try Line(.descriptor(client))
        for byte in Self.reply.utf8 {
            peer.send([byte])
            #expect(throws: ClientFailure.timedOut(afterSeconds: 20)) { try line.receive(by: atOnce) }
        }
        peer.send("\n")
        #expect(try line.receive(by: soon) == Array(Self.reply.utf8))
    }

    @Test func `several lines in one read come out one by one, and the rest waits for its end`() throws {
        let (client, broker) = pairOfSockets()
        let peer = Peer(broker)
        defer { close(client) }
        let line = try Line(.descriptor(client))
        #expect(!line.hasNews)
        peer.send("one\n\nthree\nfo")
        #expect(try line.receive(by: soon) == Array("one".utf8))
        #expect(try line.receive(by: soon) == [])
        #expect(line.hasNews)
        #expect(try line.receive(by: soon) == Array("three".utf8))
        peer.send("ur\n")
        #expect(try line.receive(by: soon) == Array("four".utf8))
        #expect(!line.hasNews)
    }

    @Test func `a line that never ends is given up at its limit`() throws {
        let broker = FakeBroker { peer in
            peer.send([UInt8](repeating: UInt8(ascii: "x"), count: BrokerConnection.replyLineBytes + 200_000))
        }
        let line = try Line(broker.address)
        #expect(throws: ClientFailure.protocolViolation("a line of more than 4194304 bytes")) {
            try line.receive(by: soon)
        }
    }

    @Test func `sending to a broker that does not read ends at the deadline and ruins the connection`() throws {
        let (client, broker) = pairOfSockets()
        defer { for end in [client, broker] { close(end) } }
        let line = try Line(.descriptor(client), allowing: 0.01)
        let much = [UInt8](repeating: UInt8(ascii: "x"), count: 8 * 1_048_576)
        #expect(throws: ClientFailure.timedOut(afterSeconds: 0.01)) {
            try line.send(much, by: Deadline(secondsFromNow: 0.01))
        }
        #expect(throws: ClientFailure.connectionClosed) { try line.send([10], by: soon) }
    }

    @Test func `a connection of our own is closed with its owner, an inherited one is not`() throws {
        let broker = ListeningBroker { peer in
            #expect(peer.line() == nil)
        }
        do { _ = try Line(broker.address) }
        broker.wait(for: 0)

        let (client, other) = pairOfSockets()
        defer { for end in [client, other] { close(end) } }
        do { _ = try Line(.descriptor(client)) }
        #expect(fcntl(client, F_GETFD) >= 0)
    }

    // MARK: Nobody there

    @Test func `a missing socket, a file that is none and one left over are told apart`() throws {
        let folder = TemporaryFolder()
        #expect(reasonNotToConnect(to: "\(folder.path)/none.sock") == .nothingThere)
        #expect(reasonNotToConnect(to: "\(folder.path)/none/none.sock") == .nothingThere)
        // SAFETY: open(2) reads the path, which lives for the call.
        close(unsafe open("\(folder.path)/file", O_CREAT | O_WRONLY, 0o600))
        #expect(reasonNotToConnect(to: "\(folder.path)/file") == .nobodyListens)
        #expect(reasonNotToConnect(to: "\(folder.path)/file/none.sock") == .nothingThere)
        close(listeningSocket("\(folder.path)/left.sock", backlog: 1))
        #expect(reasonNotToConnect(to: "\(folder.path)/left.sock") == .nobodyListens)
    }

    @Test(arguments: ["", "/a\0b", "/" + String(repeating: "x", count: 107)])
    func `a path that sockaddr_un cannot carry is refused before anything is asked`(_ path: String) {
        #expect(reasonNotToConnect(to: path) == .badPath)
    }

    @Test func `the longest path is 107 bytes`() {
        #expect(reasonNotToConnect(to: "/" + String(repeating: "x", count: 106)) == .nothingThere)
    }

    @Test func `only a connected Unix stream socket can be inherited`() {
        let closed: Int32 = 1_000_000
        // SAFETY: open(2) reads the path, which lives for the call.
        let file = unsafe open("/dev/null", O_RDWR)
        let unconnected = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var datagrams: [Int32] = [-1, -1]
        // SAFETY: socketpair(2) writes two descriptors.
        unsafe socketpair(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0, &datagrams)
        for descriptor in [closed, file, unconnected, datagrams[0]] {
            #expect(throws: ClientFailure.noBroker(at: "MACIE_BROKER_FD=\(descriptor)", .badDescriptor)) {
                _ = try Line(.descriptor(descriptor))
            }
        }
        for descriptor in [file, unconnected] + datagrams { close(descriptor) }
    }

    @Test func `a broker too busy to accept is waited for, not for ever`() throws {
        let folder = TemporaryFolder()
        let path = "\(folder.path)/busy.sock"
        let listener = listeningSocket(path, backlog: 0)
        defer { close(listener) }
        let first = try Line(.path(path))
        #expect(throws: ClientFailure.timedOut(afterSeconds: 0.02)) {
            _ = try Line(.path(path), allowing: 0.02)
        }
        #expect(!first.hasNews)
    }

    private func reasonNotToConnect(to path: String) -> NoBrokerReason? {
        do throws(ClientFailure) {
            _ = try Line(.path(path))
            return nil
        } catch {
            guard case .noBroker(at: path, let reason) = error else { return nil }
            return reason
        }
    }
}

/// A connection in a box that `#expect` can hold: the macro takes copyable things only.
private final class Line {
    private var connection: BrokerConnection

    init(_ address: BrokerAddress, allowing seconds: Double = 20) throws(ClientFailure) {
        connection = try BrokerConnection(to: address, by: Deadline(secondsFromNow: seconds), allowing: seconds)
    }

    var hasNews: Bool { connection.hasNews }
    func receive(by deadline: Deadline) throws(ClientFailure) -> [UInt8] { try connection.receive(by: deadline) }
    func send(_ line: [UInt8], by deadline: Deadline) throws(ClientFailure) { try connection.send(line, by: deadline) }
}

/// Long enough on the slowest machine.
private var soon: Deadline { Deadline(secondsFromNow: 20) }
private var atOnce: Deadline { Deadline(secondsFromNow: 0) }
