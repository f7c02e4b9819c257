import Foundation
import JSONText
import Synchronization

/// A place for a socket, and brokers that are to serve there. They need no AWS.
struct SocketFixture {
    let workplace: Workplace
    let folder: String
    private let configuration: String

    var path: String { folder + "/broker.sock" }

    /// `configuration` is YAML besides the profile and a grant of everything for everybody; a missing `folder` stays missing.
    init(_ configuration: String = "", folder: String? = nil) throws {
        workplace = try Workplace()
        if let folder {
            self.folder = workplace.path + "/" + folder
        } else {
            self.folder = try workplace.makeFolder("run")
        }
        self.configuration = """
            profiles: {default: {region: us-east-1, credentials: {source: environment}}}
            grants: [{name: everybody, users: ["*"], actions: ["*"]}]
            \(configuration)
            """
        // Only the folder in the workplace itself is made here: the others are the broker's business.
        if let folder, !folder.contains("/") { try workplace.makeFolder(folder) }
    }

    func start(socket: String? = nil) throws -> BrokerProcess {
        try BrokerProcess.start(configuration: configuration, in: workplace, arguments: ["--socket", socket ?? path])
    }

    /// Runs a broker that is expected not to start.
    func run(socket: String? = nil, uid: UInt32? = nil) throws -> Outcome {
        try BrokerProcess.run(
            configuration: configuration, in: workplace, arguments: ["--socket", socket ?? path], uid: uid)
    }

    /// A broker that is not waited for, started in `folder`. `prelude` is what the shell does before it becomes the broker,
    /// such as `umask 077`.
    func spawn(after prelude: String = ":", socket: String? = nil, folder: String? = nil) throws -> Spawned {
        let file = try workplace.write(workplace.uniqueName("spawned") + ".yaml", configuration)
        // SAFETY: the path is a literal.
        let nowhere = unsafe open("/dev/null", O_WRONLY | O_CLOEXEC)
        defer { close(nowhere) }
        let (process, output) = try ChildProcess.startWithOutput(
            "/bin/sh",
            [
                "-c", prelude + #" && exec "$0" "$@""#, Programs.stage().brokerd, "--config", file, "--socket",
                socket ?? path,
            ],
            folder: folder, errors: nowhere)
        return Spawned(process: process, output: output)
    }

    struct Spawned {
        let process: ChildProcess
        let output: Inlet

        /// Waits for its ready line.
        var isReady: Bool { output.line(before: Deadline(seconds: 30))?.hasPrefix("ready") ?? false }
    }

    /// A connection to whoever comes to serve the path.
    func connectWhenServed() -> RawConnection? {
        var connection: RawConnection?
        _ = Waiting.until(seconds: 30) {
            connection = try? RawConnection(path)
            return connection != nil
        }
        return connection
    }
}

extension ServerFixture {
    /// The same broker once more, on the same path.
    func startSecond() throws -> BrokerProcess {
        try BrokerProcess.start(
            configuration: simulator.configuration(in: workplace), in: workplace,
            arguments: ["--socket", broker.socketPath])
    }

    func runSecond() throws -> Outcome {
        try BrokerProcess.run(
            configuration: simulator.configuration(in: workplace), in: workplace,
            arguments: ["--socket", broker.socketPath])
    }
}

/// A socket of these tests' own at a path.
final class StrangeSocket {
    let identity: FileIdentity?
    private let descriptor: Int32
    private var isOpen = true

    /// A stream or sequenced-packet socket listens; a datagram socket has no need to.
    init(at path: String, type: __socket_type) throws {
        let descriptor = socket(AF_UNIX, Int32(type.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        // SAFETY: `prefix` keeps the copy, and the NUL after it, within sun_path.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes.prefix($0.count - 1)) }
        // SAFETY: sockaddr_un is a sockaddr for AF_UNIX (sockaddr(3type)), used within the call only.
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard bound == 0, type == SOCK_DGRAM || listen(descriptor, 8) == 0 else {
            throw HarnessFailure.system("bind \(path)")
        }
        self.descriptor = descriptor
        identity = FileIdentity(path)
    }

    deinit { close() }

    /// Leaves the path behind, as a program does that was killed.
    func close() {
        if isOpen { _ = Glibc.close(descriptor) }
        isOpen = false
    }
}

/// Which file a path names; nil when there is none.
struct FileIdentity: Equatable {
    private let device: dev_t
    private let inode: ino_t

    init?(_ path: String) {
        var status = stat()
        // SAFETY: `status` lives for the call, which writes only into it.
        guard unsafe lstat(path, &status) == 0 else { return nil }
        (device, inode) = (status.st_dev, status.st_ino)
    }
}

/// Looks at a path all the time, from a thread of its own, and notes every mode that it sees.
final class SocketObserver: Sendable {
    private let seen = Mutex<Set<mode_t>>([])
    private let isOver = Mutex(false)
    private let ended = DispatchSemaphore(value: 0)

    init(of path: String) {
        Thread { [self] in
            while !isOver.withLock({ $0 }) {
                if let mode = Self.mode(of: path) { seen.withLock { _ = $0.insert(mode) } }
            }
            ended.signal()
        }.start()
    }

    /// Whether it sees the path before the time is over.
    func seesPath(within seconds: Double) -> Bool {
        Waiting.until(seconds: seconds) { seen.withLock { !$0.isEmpty } }
    }

    /// Every mode that was seen until now.
    func stop() -> Set<mode_t> {
        isOver.withLock { $0 = true }
        ended.wait()
        return seen.withLock { $0 }
    }

    static func mode(of path: String) -> mode_t? {
        var status = stat()
        // SAFETY: `status` lives for the call, which writes only into it.
        return unsafe lstat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
    }
}
