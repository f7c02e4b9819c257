internal import Glibc

/// The one owner of a connected Unix stream socket. All system calls of a connection are here; none of them raises
/// SIGPIPE, none blocks past its deadline, and none changes the flags of the open file, which others may share.
struct UnixSocket: ~Copyable {
    /// What came of moving bytes.
    enum Transfer: Equatable {
        case moved(Int)
        case wouldBlock
        /// The other side has hung up.
        case closed
    }

    /// How many bytes one read asks for: a page of the kernel's socket buffer, and far more than the usual reply.
    private static let readBytes = 65_536

    private let descriptor: Int32
    private let closesAtEnd: Bool

    private init(descriptor: Int32, closesAtEnd: Bool) {
        self.descriptor = descriptor
        self.closesAtEnd = closesAtEnd
    }

    deinit {
        if closesAtEnd { close(descriptor) }
    }

    /// Connects to the socket at `path`. A full backlog is waited for, until `deadline`.
    static func connected(
        to path: String, by deadline: Deadline, allowing seconds: Double
    ) throws(ClientFailure) -> UnixSocket {
        guard var address = address(of: path) else { throw .noBroker(at: path, .badPath) }
        let descriptor = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .noBroker(at: path, NoBrokerReason(socketError: errno)) }
        let socket = UnixSocket(descriptor: descriptor, closesAtEnd: true)
        while true {
            limitBlocking(of: descriptor, to: deadline)
            if connect(descriptor, to: &address) { return socket }
            switch errno {
            case EINTR where deadline.remainingNanoseconds > 0: continue
            case EAGAIN, EINTR: throw .timedOut(afterSeconds: seconds)
            default: throw .noBroker(at: path, NoBrokerReason(connectError: errno))
            }
        }
    }

    /// Uses a socket that is connected already and stays open afterwards.
    static func inherited(_ descriptor: Int32) throws(ClientFailure) -> UnixSocket {
        var peer = sockaddr_un()
        var size = socklen_t(MemoryLayout.size(ofValue: peer))
        // SAFETY: getpeername(2) writes at most `size` bytes into `peer`, which lives for the call.
        let isConnected = unsafe withUnsafeMutableBytes(of: &peer) { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe getpeername(descriptor, start.assumingMemoryBound(to: sockaddr.self), &size) == 0
        }
        guard isConnected, option(SO_DOMAIN, of: descriptor) == AF_UNIX,
            option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue)
        else { throw .noBroker(at: BrokerAddress.descriptor(descriptor).description, .badDescriptor) }
        return UnixSocket(descriptor: descriptor, closesAtEnd: false)
    }

    /// Sends what the socket takes of `bytes` from `start` on.
    func send(_ bytes: [UInt8], from start: Int) -> Transfer {
        // SAFETY: send(2) reads the bytes from `start` to the end of the array, which lives for the call.
        let count = unsafe bytes.withUnsafeBytes { buffer in
            let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[start...])
            return unsafe Glibc.send(
                descriptor, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
        return Self.transfer(count)
    }

    /// Appends what has arrived to `bytes`.
    func receive(into bytes: inout [UInt8]) -> Transfer {
        // SAFETY: recv(2) writes at most `readBytes` bytes into the space; only those it counts are read.
        unsafe withUnsafeTemporaryAllocation(byteCount: Self.readBytes, alignment: 1) { space in
            let count = unsafe recv(descriptor, space.baseAddress, space.count, Int32(MSG_DONTWAIT))
            if count > 0 { unsafe bytes.append(contentsOf: space[..<count]) }
            return count == 0 ? .closed : Self.transfer(count)
        }
    }

    enum Readiness { case toRead, toWrite }

    /// Waits until the socket is ready, or the other side has hung up.
    /// - Returns: false when `deadline` came first.
    func wait(_ readiness: Readiness, until deadline: Deadline) -> Bool {
        while true {
            let ready = poll(readiness == .toRead ? POLLIN : POLLOUT, milliseconds: deadline.remainingMilliseconds)
            if ready != 0 { return true }
            if deadline.remainingNanoseconds == 0 { return false }
        }
    }

    /// Whether there is something to read, be it the end: on a connection with no request under way, a farewell.
    var hasNews: Bool { poll(POLLIN, milliseconds: 0) != 0 }

    /// The events that happened, 0 when none did in time or a signal came in between.
    private func poll(_ events: Int32, milliseconds: Int32) -> Int16 {
        var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
        // SAFETY: poll(2) reads and writes the one entry, which lives for the call.
        return unsafe Glibc.poll(&entry, 1, milliseconds) > 0 ? entry.revents : 0
    }

    /// Any error but "not now" means that nothing more will pass.
    private static func transfer(_ count: Int) -> Transfer {
        if count >= 0 { return .moved(count) }
        return errno == EAGAIN || errno == EINTR ? .wouldBlock : .closed
    }

    /// The address of `path`; nil when unix(7) has no room for it or it would mean another one.
    private static func address(of path: String) -> sockaddr_un? {
        let name = Array(path.utf8)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let room = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard !name.isEmpty, name.count <= room, !name.contains(0) else { return nil }
        // SAFETY: the name is shorter than the field, which is zero beyond it.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in unsafe field.copyBytes(from: name) }
        return address
    }

    /// connect(2) of a Unix socket waits for room in the backlog, for as long as SO_SNDTIMEO says: socket(7).
    private static func limitBlocking(of descriptor: Int32, to deadline: Deadline) {
        let left = max(1_000, deadline.remainingNanoseconds / 1_000)  // microseconds; 0 would mean for ever
        var time = timeval(tv_sec: Int(left / 1_000_000), tv_usec: Int(left % 1_000_000))
        // SAFETY: setsockopt(2) reads one timeval, which lives for the call.
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    private static func connect(_ descriptor: Int32, to address: inout sockaddr_un) -> Bool {
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        // SAFETY: connect(2) reads `size` bytes of the address, which lives for the call.
        return unsafe withUnsafeBytes(of: &address) { bytes in
            guard let start = bytes.baseAddress else { return false }
            return unsafe Glibc.connect(descriptor, start.assumingMemoryBound(to: sockaddr.self), size) == 0
        }
    }

    private static func option(_ option: Int32, of descriptor: Int32) -> Int32? {
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        // SAFETY: getsockopt(2) writes at most `size` bytes into `value`, which lives for the call.
        return unsafe getsockopt(descriptor, SOL_SOCKET, option, &value, &size) == 0 ? value : nil
    }
}

extension NoBrokerReason {
    /// Why socket(2) gave none.
    fileprivate init(socketError: Int32) {
        switch socketError {
        case EPERM, EACCES, EAFNOSUPPORT, ENOSYS: self = .socketsForbidden
        default: self = .system(errno: socketError)
        }
    }

    /// Why connect(2) failed.
    fileprivate init(connectError: Int32) {
        switch connectError {
        case ENOENT, ENOTDIR: self = .nothingThere
        case ECONNREFUSED: self = .nobodyListens
        case EACCES, EPERM: self = .notPermitted
        default: self = .system(errno: connectError)
        }
    }
}
