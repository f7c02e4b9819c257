import Glibc
import JSONText

/// A plain client socket: sends what a test says, byte for byte, and reads with deadlines.
final class RawConnection {
    /// For poll(2) and setsockopt(2), in tests that need more than this has.
    var descriptor: Int32 { inlet.descriptor }
    private let inlet: Inlet

    /// Connects to a broker's socket.
    init(_ path: String) throws {
        inlet = try Self.connected(AF_UNIX, to: sockaddr_un(path: path), named: path)
    }

    /// Connects to a port of 127.0.0.1.
    init(loopbackPort port: UInt16) throws {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        inlet = try Self.connected(AF_INET, to: address, named: "port \(port)")
    }

    private static func connected<Address>(_ family: Int32, to address: Address, named name: String) throws -> Inlet {
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else { throw HarnessFailure.system("socket") }
        let inlet = Inlet(descriptor)
        var address = address
        // SAFETY: both address types are sockaddrs of their family (sockaddr(3type)), used within the call only.
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard result == 0 else { throw HarnessFailure.system("connect to \(name)") }
        return inlet
    }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    /// Sends all of it. It waits for a peer that does not read, 30 s at most.
    func send(_ bytes: [UInt8]) throws {
        let deadline = Deadline(seconds: 30)
        var sent = 0
        while sent < bytes.count {
            let count = sendSome(bytes[sent...])
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                guard Inlet.wait(for: POLLOUT, on: descriptor, before: deadline) else {
                    throw HarnessFailure("the peer takes no more")
                }
            } else if errno != EINTR {
                throw HarnessFailure.system("send")
            }
        }
    }

    /// Sends what the peer takes at once, and answers as send(2): the count, or -1 with errno(3), EAGAIN when the peer
    /// takes nothing now.
    func sendSome(_ bytes: ArraySlice<UInt8>) -> Int {
        // SAFETY: the pointer and the count are of one slice that lives for the call.
        unsafe bytes.withUnsafeBytes {
            unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
    }

    /// The next line without its LF; nil when the connection ended or the time was over first.
    func readLine(within seconds: Double = 30) -> String? { inlet.line(before: Deadline(seconds: seconds)) }

    /// The next line as JSON; null when there is none.
    func readReply(within seconds: Double = 30) -> JSONValue {
        readLine(within: seconds).flatMap { try? JSONValue(parsing: Array($0.utf8)) } ?? .null
    }

    /// Sends one request line and reads one reply.
    func ask(_ line: String, within seconds: Double = 30) throws -> JSONValue {
        try send(line + "\n")
        return readReply(within: seconds)
    }

    /// Everything until the peer closes; nil when the time was over first.
    func readToEnd(within seconds: Double = 30) -> String? {
        inlet.rest(before: Deadline(seconds: seconds)).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether the peer has closed, all of it having been read or not, within the time.
    func isClosedByPeer(within seconds: Double = 30) -> Bool {
        let deadline = Deadline(seconds: seconds)
        while inlet.fill(before: deadline) {}
        return inlet.isAtEnd
    }

    func shutdownWrite() { _ = shutdown(descriptor, Int32(SHUT_WR)) }

    /// Hangs up. Letting go of it does the same.
    func close() { inlet.close() }
}
