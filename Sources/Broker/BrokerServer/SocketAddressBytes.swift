internal import Glibc

/// `struct sockaddr_un` for a path that is known to fit.
struct SocketAddressBytes {
    private var address = sockaddr_un()

    init(_ path: SocketPath) {
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.path.utf8)
        // SAFETY: SocketPath holds at most 107 bytes and sun_path 108, so the copy and its closing NUL fit.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
    }

    mutating func bind(_ descriptor: CInt) -> CInt { unsafe withAddress { unsafe Glibc.bind(descriptor, $0, $1) } }

    mutating func connect(_ descriptor: CInt) -> CInt {
        unsafe withAddress { unsafe Glibc.connect(descriptor, $0, $1) }
    }

    private mutating func withAddress(_ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        // SAFETY: sockaddr_un is a sockaddr for AF_UNIX (sockaddr(3type)); the pointer is used within the call only.
        unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
