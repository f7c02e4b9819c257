internal import Synchronization

/// Where secrets live: a few chunks of locked pages, cut into blocks that are wiped when they come back.
///
/// mlock(2) counts whole pages against RLIMIT_MEMLOCK (64 KiB on many hosts, and often shared with others): a page for
/// each secret would spend 4 KiB on 40 bytes. When a chunk cannot be locked it is used all the same, and counted.
final class SecretPool: Sendable {
    /// The pool that every secret outside of tests is kept in.
    static let shared = SecretPool()

    /// Blocks begin on cache lines of their own.
    private static let unitBytes = 64
    /// One chunk holds some twenty credentials with their session tokens. A larger secret gets a chunk of its own.
    private static let chunkBytes = 16 * 1024

    private let state = Mutex(State())
    private let mayLock: Bool

    /// - Parameter mayLock: false stands for a kernel that refuses to lock memory; for tests.
    init(mayLock: Bool = true) {
        self.mayLock = mayLock
    }

    /// How many chunks could not be locked so far.
    var lockFailures: Int { state.withLock { $0.lockFailures } }
    /// The errno of mlock(2) for the last of them; nil when all could be.
    var lastLockFailure: Int32? { state.withLock { $0.lastLockFailure } }
    /// How many chunks there are now.
    var chunkCount: Int { state.withLock { $0.chunks.count } }

    /// A zeroed block of `count` bytes, to be given back once.
    func take(_ count: Int) -> Block {
        let units = max(1, (count + Self.unitBytes - 1) / Self.unitBytes)
        return state.withLock { state in
            for index in state.chunks.indices {
                guard let first = state.chunks[index].take(units) else { continue }
                return block(of: count, at: first, in: state.chunks[index])
            }
            let pages = SecretPages(atLeast: max(Self.chunkBytes, units * Self.unitBytes), mayLock: mayLock)
            if let failure = pages.lockFailure {
                state.lockFailures += 1
                state.lastLockFailure = failure
            }
            state.chunks.append(Chunk(pages: pages, taking: units, of: pages.byteCount / Self.unitBytes))
            return block(of: count, at: 0, in: state.chunks[state.chunks.count - 1])
        }
    }

    /// Wipes the block and makes it free; a chunk without blocks goes back to the kernel.
    func giveBack(_ block: Block) {
        state.withLock { state in
            block.pages.wipe(block.range)
            guard let index = state.chunks.firstIndex(where: { $0.pages === block.pages }) else {
                assertionFailure("a block of another pool")
                return
            }
            let first = block.range.lowerBound / Self.unitBytes
            let end = max(first + 1, (block.range.upperBound + Self.unitBytes - 1) / Self.unitBytes)
            state.chunks[index].free(first..<end)
            if state.chunks[index].isEmpty { state.chunks.remove(at: index) }
        }
    }

    private func block(of count: Int, at unit: Int, in chunk: Chunk) -> Block {
        let start = unit * Self.unitBytes
        return Block(pages: chunk.pages, range: start..<start + count)
    }
}

extension SecretPool {
    /// Memory on loan from the pool. It has one owner, who gives it back.
    struct Block: Sendable {
        let pages: SecretPages
        let range: Range<Int>
    }

    private struct State {
        var chunks: [Chunk] = []
        var lockFailures = 0
        var lastLockFailure: Int32?
    }

    /// Pages, and which of their units are taken.
    private struct Chunk {
        let pages: SecretPages
        private var taken: [Bool]

        init(pages: SecretPages, taking units: Int, of total: Int) {
            self.pages = pages
            taken = Array(repeating: true, count: units) + Array(repeating: false, count: total - units)
        }

        var isEmpty: Bool { !taken.contains(true) }

        /// Takes `units` free units in a row: the index of the first, or nil when there is no such row.
        mutating func take(_ units: Int) -> Int? {
            var free = 0
            for index in taken.indices {
                free = taken[index] ? 0 : free + 1
                guard free == units else { continue }
                let row = index - units + 1...index
                for index in row { taken[index] = true }
                return row.lowerBound
            }
            return nil
        }

        mutating func free(_ units: Range<Int>) {
            for index in units { taken[index] = false }
        }
    }
}
