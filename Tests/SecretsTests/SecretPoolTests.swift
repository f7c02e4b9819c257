import Foundation
import Testing

@testable import Secrets

@Suite struct SecretPoolTests {
    private let canary = Array("canary-0123456789-canary".utf8)

    @Test func `what a secret leaves behind is zeros`() {
        let pool = SecretPool()
        let neighbour = pool.take(1)
        do {
            let secret = makeSecret(in: pool)
            #expect(secret.lend(to: copy) == canary)
            #expect(contents(of: neighbour.pages).contains(canary))
        }
        #expect(contents(of: neighbour.pages).allSatisfy { $0 == 0 })
        pool.giveBack(neighbour)
    }

    @Test func `memory that is used again is zero at first`() {
        let pool = SecretPool()
        let kept = pool.take(1)
        for _ in 0..<300 {
            let block = pool.take(100)
            block.pages.write(block.range) { bytes in
                #expect(copy(of: bytes.bytes).allSatisfy { $0 == 0 })
                bytes.storeBytes(of: 0xA5, toByteOffset: 99, as: UInt8.self)
            }
            pool.giveBack(block)
        }
        pool.giveBack(kept)
    }

    @Test func `the secrets of twenty credentials are locked together, in 16 KiB`() {
        let pool = SecretPool()
        let blocks = (0..<20).flatMap { _ in [pool.take(40), pool.take(600)] }
        #expect(pool.chunkCount == 1)
        #expect(blocks.first?.pages.byteCount == 16_384)
        for (index, block) in blocks.enumerated() {
            for other in blocks[(index + 1)...] { #expect(!block.range.overlaps(other.range)) }
        }
        blocks.forEach(pool.giveBack)
        #expect(pool.chunkCount == 0)
    }

    @Test func `where memory cannot be locked, secrets are kept all the same and the failure is counted`() {
        let pool = SecretPool(mayLock: false)
        let secret = makeSecret(in: pool)
        #expect(secret.lend(to: copy) == canary)
        #expect(pool.lockFailures == 1)
    }

    @Test func `the kernel knows the pages as locked, not to be dumped, and wiped in a child`() throws {
        let pages = SecretPages(atLeast: 1, mayLock: true)
        let flags = try kernelFlags(of: pages)
        #expect(flags.contains("dd"))
        #expect(flags.contains("wf"))
        #expect(flags.contains("lo") == pages.isLocked)
    }

    private func makeSecret(in pool: SecretPool) -> SecretBytes {
        // SAFETY: bytes have no padding.
        SecretBytes(copying: unsafe canary.span.bytes, in: pool)
    }

    private func contents(of pages: SecretPages) -> [UInt8] { pages.lend(0..<pages.byteCount, to: copy) }

    /// VmFlags of the mapping that the pages lie in: proc_pid_smaps(5).
    private func kernelFlags(of pages: SecretPages) throws -> [Substring] {
        // SAFETY: the address is only compared.
        let address = pages.lend(0..<1) { unsafe $0.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
        var isHere = false
        let file = try #require(FileHandle(forReadingAtPath: "/proc/self/smaps"))
        for line in String(decoding: try #require(try file.readToEnd()), as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            let bounds = words.first?.split(separator: "-").compactMap { UInt($0, radix: 16) } ?? []
            if bounds.count == 2 { isHere = bounds[0] <= address && address < bounds[1] }
            if isHere && words.first == "VmFlags:" { return Array(words.dropFirst()) }
        }
        return []
    }
}
