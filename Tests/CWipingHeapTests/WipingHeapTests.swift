import CWipingHeap
import Foundation
import TestSupport
import Testing

/// The tests link the heap as the daemon does, so what they free is wiped too.
@Suite(.serialized) struct WipingHeapTests {
    @Test func `the heap of this process wipes what is freed`() {
        #expect(wiping_heap_check() == WIPING_HEAP_IN_FORCE)
    }

    @Test(arguments: [100, 5_000, 100_000, 3_000_000])
    func `an array that is let go leaves nothing, and one that has grown neither`(padding: Int) throws {
        let canary = Canary("array")
        do {
            var bytes = [UInt8](repeating: 0x20, count: padding)
            canary.lend { span in for index in span.byteOffsets { bytes.append(byte(span, index)) } }
            #expect(try canary.placesInMemory() > 0)
            bytes.append(contentsOf: repeatElement(0x20, count: 3 * padding))
            withExtendedLifetime(bytes) {}
        }
        #expect(try canary.placesInMemory() == 0)
    }

    @Test func `a string that is let go leaves nothing`() throws {
        var letters = (0..<40).map { _ in UInt8.random(in: 0x61...0x7A) }
        let canary = Canary(taking: &letters)
        letters = []
        do {
            // SAFETY: the text is a copy.
            let word = canary.lend { span in unsafe span.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
            }
            // In the middle of a long one, which no small block that is used next overwrites.
            let filling = String(repeating: "-", count: 3_000)
            let text = filling + word + filling
            #expect(try canary.placesInMemory() > 0)
            #expect((text + text).utf8.count == 2 * 6_040)
        }
        #expect(try canary.placesInMemory() == 0)
    }

    @Test func `what the C library frees itself is wiped: a stream's buffer, a line, memory that grows`() throws {
        let canary = Canary("stdio")
        var memory: UnsafeMutablePointer<CChar>?
        var size = 0
        // SAFETY: the stream is closed here; the line and the memory are this test's to free.
        let stream = unsafe open_memstream(&memory, &size)
        guard let stream = unsafe stream else { throw POSIXError(.ENOMEM) }
        for _ in 0..<2_000 {
            canary.lend { span in
                _ = unsafe span.withUnsafeBytes { bytes in
                    unsafe bytes.baseAddress.map { unsafe fwrite($0, 1, bytes.count, stream) }
                }
            }
        }
        unsafe fclose(stream)
        #expect(size == 2_000 * canary.count)
        let reading = unsafe fmemopen(memory, size, "r")
        var line: UnsafeMutablePointer<CChar>?
        var room = 0
        if let reading = unsafe reading {
            #expect(unsafe getdelim(&line, &room, 0, reading) == size)
            unsafe fclose(reading)
        }
        #expect(try canary.placesInMemory() >= 4_000)
        unsafe free(line)
        unsafe free(memory)
        #expect(try canary.placesInMemory() == 0)
    }

    @Test(arguments: [8, 16, 64, 4_096])
    func `aligned memory is aligned, and wiped`(alignment: Int) throws {
        let canary = Canary("aligned")
        // SAFETY: each block is written within its size, and freed once.
        var block: UnsafeMutableRawPointer?
        #expect(unsafe posix_memalign(&block, 3, 100) == EINVAL)
        #expect(unsafe posix_memalign(&block, alignment, 100) == 0)
        let blocks = unsafe [aligned_alloc(alignment, 8_192), valloc(8_192), block]
        for index in 0..<3 {
            let address = unsafe UInt(bitPattern: blocks[index])
            #expect(address != 0 && address % UInt(alignment) == 0)
            canary.lend { span in
                unsafe span.withUnsafeBytes { bytes in
                    let target = unsafe UnsafeMutableRawBufferPointer(start: blocks[index], count: bytes.count)
                    unsafe target.copyMemory(from: bytes)
                }
            }
        }
        #expect(try canary.placesInMemory() >= 3)
        for index in 0..<3 { unsafe free(blocks[index]) }
        #expect(try canary.placesInMemory() == 0)
    }

    @Test func `no size overflows`() {
        let most = Int.max
        #expect(unsafe reallocarray(nil, most, 16) == nil)
        #expect(unsafe realloc(nil, -1) == nil)
    }

    private func byte(_ span: borrowing RawSpan, _ index: Int) -> UInt8 {
        // SAFETY: any byte is a UInt8, and the index is the span's.
        unsafe span.unsafeLoad(fromByteOffset: index, as: UInt8.self)
    }
}
