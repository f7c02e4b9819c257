import TestSupport
import Testing

@testable import Secrets

@Suite struct SecretBufferTests {
    @Test(arguments: [1, 7, 100, 4_096])
    func `what comes in pieces is lent as a whole`(piece: Int) {
        let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ 5) }
        var buffer = SecretBuffer(limit: bytes.count)
        var rest = bytes[...]
        while !rest.isEmpty {
            let next = Array(rest.prefix(piece))
            // SAFETY: bytes have no padding.
            #expect(buffer.append(unsafe next.span.bytes))
            rest = rest.dropFirst(piece)
        }
        #expect(buffer.count == bytes.count)
        #expect(buffer.lend(to: copy) == bytes)
        let slice = buffer.slice(3_000..<3_100)
        #expect(slice.lend(to: copy) == Array(bytes[3_000..<3_100]))
        let end = buffer.slice(19_990..<30_000)
        #expect(end.lend(to: copy) == Array(bytes[19_990...]))
    }

    @Test func `beyond its limit it takes nothing, and keeps what it has`() {
        var buffer = SecretBuffer(limit: 10)
        let (six, five) = ([UInt8](repeating: 1, count: 6), [UInt8](repeating: 2, count: 5))
        // SAFETY: bytes have no padding.
        #expect(buffer.append(unsafe six.span.bytes))
        #expect(!buffer.append(unsafe five.span.bytes))
        #expect(buffer.lend(to: copy) == six)
        var offered = -1
        let written = buffer.append(atMost: 100) { room in
            offered = room.byteCount
            for index in 0..<room.byteCount { room.storeBytes(of: 3, toByteOffset: index, as: UInt8.self) }
            return room.byteCount + 50
        }
        #expect(offered == 4 && written == 4)
        #expect(buffer.append(atMost: 1) { $0.byteCount } == 0)
        #expect(buffer.lend(to: copy) == six + [3, 3, 3, 3])
        buffer.removeAll()
        #expect(buffer.lend(to: copy).isEmpty)
        #expect(buffer.append(unsafe five.span.bytes))
        #expect(buffer.lend(to: copy) == five)
    }

    @Test func `a failure to fill leaves what was there`() {
        struct Failed: Error {}
        var buffer = SecretBuffer(limit: 5_000)
        let some: [UInt8] = [1, 2, 3]
        // SAFETY: bytes have no padding.
        #expect(buffer.append(unsafe some.span.bytes))
        #expect(throws: Failed.self) { try buffer.append(atMost: 4_000) { _ throws(Failed) in throw Failed() } }
        #expect(buffer.lend(to: copy) == some)
    }

    @Test func `nothing of it is left where it was before it grew`() throws {
        let canary = Canary("buffer")
        var buffer = SecretBuffer(limit: 1 << 20)
        #expect(canary.lend { buffer.append($0) })
        for _ in 0..<12 {
            let filling = [UInt8](repeating: 0x20, count: buffer.count)
            // SAFETY: bytes have no padding.
            #expect(buffer.append(unsafe filling.span.bytes))
        }
        #expect(try canary.placesInMemory() == 1)
        buffer.removeAll()
        #expect(try canary.placesInMemory() == 0)
        #expect(buffer.count == 0)
    }
}
