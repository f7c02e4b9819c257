internal import BrokerAccess
internal import Glibc
internal import NIOCore

/// The socket under a channel: who is at its other end, and the short way to send what the kernel takes at once, for the
/// channel's own way costs about as much as answering (docs/decisions/0010-replies-straight-to-the-socket.md).
///
/// To be closed as soon as the channel is inactive: its descriptor may be another connection's from then on.
final class ConnectedSocket {
    /// As the kernel noted at connect(2), taken before any byte is read.
    let peer: Peer
    /// nil once closed.
    private var descriptor: CInt?

    /// - Throws: `PeerFailure`, or a `ChannelError` where the channel is no socket.
    init(of channel: any Channel) throws {
        let handle = try channel.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { $0 }
        guard let handle else { throw ChannelError.operationUnsupported }
        descriptor = handle
        peer = try Peer(connection: handle)
    }

    func close() { descriptor = nil }

    /// A hold on the process that connected. The kernel keeps with the socket which one that was, so that it may be taken
    /// at any time; nil once closed.
    func process() -> PeerProcess? { descriptor.map { PeerProcess(connection: $0, pid: peer.pid) } }

    /// Sends what the kernel takes without waiting: send(2).
    ///
    /// - Returns: how many bytes it took. Whatever keeps it from taking more, the channel will meet too, and deal with.
    func send(_ bytes: [UInt8]) -> Int {
        guard let descriptor else { return 0 }
        // SAFETY: send(2) reads the bytes of one array that lives for the call.
        return unsafe bytes.withUnsafeBytes { buffer in
            let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
            var count = 0
            repeat {
                count = unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, flags)
            } while count < 0 && errno == EINTR
            return max(0, count)
        }
    }
}
