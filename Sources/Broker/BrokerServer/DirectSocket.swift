internal import Glibc
internal import NIOCore

/// The socket under a channel, for replies that the kernel takes at once: the channel's own way of writing costs about as
/// much as answering (docs/decisions/0010-replies-straight-to-the-socket.md).
///
/// To be let go of as soon as the channel is inactive: its descriptor is closed then.
struct DirectSocket {
    private let descriptor: CInt

    /// nil where the channel does not say what it stands on.
    init?(of context: ChannelHandlerContext) {
        let handle = try? context.pipeline.syncOperations.withUnsafeTransportIfAvailable(
            of: NIOBSDSocket.Handle.self
        ) { $0 }
        guard let handle else { return nil }
        descriptor = handle
    }

    /// Sends what the kernel takes without waiting: send(2).
    ///
    /// - Returns: how many bytes it took. Whatever keeps it from taking more, the channel will meet too, and deal with.
    func send(_ bytes: [UInt8]) -> Int {
        // SAFETY: send(2) reads the bytes of one array that lives for the call.
        unsafe bytes.withUnsafeBytes { buffer in
            let flags = CInt(MSG_NOSIGNAL) | CInt(MSG_DONTWAIT)
            var count = 0
            repeat {
                count = unsafe Glibc.send(descriptor, buffer.baseAddress, buffer.count, flags)
            } while count < 0 && errno == EINTR
            return max(0, count)
        }
    }
}
