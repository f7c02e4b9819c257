internal import Glibc

/// Where a broker is to be reached.
public enum BrokerAddress: Sendable, Hashable {
    /// A Unix socket's path.
    case path(String)
    /// A descriptor that is connected to a broker already. It is used, never closed, and one client's at a time.
    case descriptor(Int32)
}

extension BrokerAddress {
    /// Whether a new connection can be made there.
    var isPath: Bool { if case .path = self { true } else { false } }
}

extension BrokerAddress: CustomStringConvertible {
    /// The path, or `MACIE_BROKER_FD=` and the descriptor.
    public var description: String {
        switch self {
        case .path(let path): path
        case .descriptor(let descriptor): "\(SocketLocator.descriptorVariable)=\(descriptor)"
        }
    }
}

/// Finds the broker's socket. The first that applies:
///
/// 1. `MACIE_BROKER_FD`: an inherited, connected socket, for sandboxes that forbid socket(AF_UNIX);
/// 2. `MACIE_BROKER_SOCKET`: a path;
/// 3. `$XDG_RUNTIME_DIR/macie-broker/broker.sock`, if it exists;
/// 4. `/run/macie-broker/broker.sock`.
///
/// A variable that is set and empty counts as unset.
public struct SocketLocator: Sendable {
    /// The socket of a broker that root runs for the whole host.
    public static let systemPath = "/run/macie-broker/broker.sock"

    /// What the administrator's socket has after the public one's path, unless it is configured otherwise.
    package static let adminSuffix = ".admin"

    static let descriptorVariable = "MACIE_BROKER_FD"
    static let pathVariable = "MACIE_BROKER_SOCKET"
    static let adminPathVariable = "MACIE_BROKER_ADMIN_SOCKET"
    static let runtimeDirectoryVariable = "XDG_RUNTIME_DIR"

    private let variable: @Sendable (String) -> String?
    private let exists: @Sendable (String) -> Bool

    /// Looks in this process's environment and this host's file system.
    public init() {
        self.init(variable: Self.environmentVariable) { path in
            // SAFETY: access(2) reads the path, a NUL-terminated copy that lives for the call.
            unsafe access(path, F_OK) == 0
        }
    }

    package init(
        variable: @escaping @Sendable (String) -> String?, exists: @escaping @Sendable (String) -> Bool
    ) {
        self.variable = variable
        self.exists = exists
    }

    /// The broker's address.
    ///
    /// - Throws: `noBroker` when `MACIE_BROKER_FD` is set to something other than a descriptor's number.
    public func locate() throws(ClientFailure) -> BrokerAddress { try place().address }

    /// The same, and why it is there, for people; nil when the address says so itself.
    package func place() throws(ClientFailure) -> (address: BrokerAddress, reason: String?) {
        if let number = value(of: Self.descriptorVariable) {
            guard number.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let descriptor = Int32(number) else {
                throw .noBroker(at: "\(Self.descriptorVariable)=\(number)", .badDescriptor)
            }
            return (.descriptor(descriptor), nil)
        }
        let (path, reason) = publicPlace
        return (.path(path), reason)
    }

    /// The path of the administrator's socket: `MACIE_BROKER_ADMIN_SOCKET`, or the public socket's path, by 2 to 4 above,
    /// with `.admin` after it. An inherited descriptor leads to no other socket.
    package func locateAdmin() -> String {
        value(of: Self.adminPathVariable) ?? publicPlace.path + Self.adminSuffix
    }

    private var publicPlace: (path: String, reason: String) {
        if let path = value(of: Self.pathVariable) { return (path, "from \(Self.pathVariable)") }
        if let directory = value(of: Self.runtimeDirectoryVariable), directory.utf8.first == UInt8(ascii: "/") {
            let path = "\(directory)/macie-broker/broker.sock"
            if exists(path) { return (path, "from \(Self.runtimeDirectoryVariable)") }
        }
        return (Self.systemPath, "the usual place")
    }

    private func value(of name: String) -> String? {
        variable(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    private static func environmentVariable(_ name: String) -> String? {
        // SAFETY: getenv(3) gives NULL or a NUL-terminated string, which is copied at once.
        unsafe getenv(name).map { value in unsafe String(cString: value) }
    }
}
