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
        #expect(pool.lastLockFailure == ENOMEM)
    }

    @Test func `the kernel knows the pages as locked, not to be dumped, and wiped in a child`() throws {
        let pages = SecretPages(atLeast: 1, mayLock: true)
        let flags = try #require(try kernelFlags(at: address(of: pages)))
        #expect(flags.contains("dd"))
        #expect(flags.contains("wf"))
        #expect(flags.contains("lo") == (pages.lockFailure == nil))
    }

    @Test func `before and behind the pages nobody may read or write`() throws {
        let pages = SecretPages(atLeast: 10_000, mayLock: true)
        #expect(pages.byteCount == 12_288)
        let start = address(of: pages)
        for guardPage in [start - 1, start - 4_096, start + 12_288, start + 12_288 + 4_095] {
            #expect(try access(at: guardPage) == "---p")
        }
        for inside in [start, start + 12_287] { #expect(try access(at: inside) == "rw-p") }
    }

    @Test func `whoever runs over the end of the pages is ended, before and behind`() async {
        await #expect(processExitsWith: .signal(SIGSEGV)) { touch(behind: true) }
        await #expect(processExitsWith: .signal(SIGSEGV)) { touch(behind: false) }
    }

    @Test func `pages that are let go are the kernel's again, guards included`() throws {
        let pool = SecretPool()
        let block = pool.take(40_000)
        let start = address(of: block.pages)
        #expect(try access(at: start) == "rw-p")
        pool.giveBack(block)
        #expect(pool.chunkCount == 0)
        _ = consume block
        // Another test may have got the place meanwhile, but not with these guards around it.
        let after = try [start - 4_096, start, start + 40_960].map { try access(at: $0) }
        #expect(after != ["---p", "rw-p", "---p"])
    }

    private func makeSecret(in pool: SecretPool) -> SecretBytes {
        // SAFETY: bytes have no padding.
        SecretBytes(copying: unsafe canary.span.bytes, in: pool)
    }

    private func contents(of pages: SecretPages) -> [UInt8] { pages.lend(0..<pages.byteCount, to: copy) }

    private func address(of pages: SecretPages) -> UInt {
        // SAFETY: the address is only compared.
        pages.lend(0..<1) { unsafe $0.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) } }
    }

    /// VmFlags of the mapping at an address: proc_pid_smaps(5).
    private func kernelFlags(at address: UInt) throws -> [Substring]? {
        var isHere = false
        for words in try lines(of: "smaps") {
            if let bounds = bounds(words) { isHere = bounds.contains(address) }
            if isHere && words.first == "VmFlags:" { return Array(words.dropFirst()) }
        }
        return nil
    }

    /// Who may do what at an address, such as "rw-p"; nil when nothing is mapped there.
    private func access(at address: UInt) throws -> Substring? {
        try lines(of: "maps").first { bounds($0)?.contains(address) == true }?[1]
    }

    private func bounds(_ words: [Substring]) -> Range<UInt>? {
        let bounds = words.first?.split(separator: "-").compactMap { UInt($0, radix: 16) } ?? []
        return bounds.count == 2 ? bounds[0]..<bounds[1] : nil
    }

    private func lines(of name: String) throws -> [[Substring]] {
        let file = try #require(FileHandle(forReadingAtPath: "/proc/self/\(name)"))
        let text = String(decoding: try #require(try file.readToEnd()), as: UTF8.self)
        return text.split(separator: "\n").map { $0.split(separator: " ") }
    }
}

/// Reads one byte beyond pages for secrets, in a process that this is the end of.
private func touch(behind: Bool) {
    // Whose crash is wanted needs no report.
    signal(SIGSEGV, SIG_DFL)
    let pages = SecretPages(atLeast: 1, mayLock: true)
    pages.lend(0..<pages.byteCount) { bytes in
        // SAFETY: it is not: that is what is tried.
        unsafe bytes.withUnsafeBytes { buffer in
            guard let start = buffer.baseAddress else { return }
            let place = unsafe behind ? start + buffer.count : start - 1
            print(unsafe place.load(as: UInt8.self))
        }
    }
}
