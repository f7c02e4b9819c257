import TestSupport
import Testing

@testable import Secrets

@Suite struct SecretMemoryTests {
    @Test func `the status is that of every secret so far`() {
        // A host that gives tests no locked memory is told so, with the remedy; one that does has nothing to say.
        switch SecretMemory.status {
        case .locked: #expect(SecretBytes.lockFailures == 0)
        case .unlocked(let reason): #expect(SecretBytes.lockFailures > 0 && reason.contains("LimitMEMLOCK="))
        }
    }

    @Test func `who may not lock memory is told why, and what to do`() {
        let reason = SecretMemory.reason(errno: 12, limit: 65_536)
        #expect(
            reason == "memory for secrets could not be locked (mlock: Cannot allocate memory), and may be swapped out: "
                + "RLIMIT_MEMLOCK is 65536 bytes, raise it (LimitMEMLOCK=16M in the systemd unit, "
                + "'ulimit -l 16384' in a shell)")
        #expect(SecretMemory.reason(errno: 1, limit: nil).hasSuffix("let the broker's user lock memory"))
    }

    @Test func `beyond the limit secrets are kept all the same, and the status says so`() async {
        await #expect(processExitsWith: .success) { keepWithoutLock() }
    }

    @Test func `memory that a library could not lock counts`() async {
        await #expect(processExitsWith: .success) {
            let failures = SecretBytes.lockFailures
            SecretMemory.noteUnlocked()
            precondition(SecretBytes.lockFailures == failures + 1 && SecretMemory.status != .locked)
        }
    }
}

private func keepWithoutLock() {
    Limits.forbidLocking()
    let before = SecretMemory.status
    let secret = SecretBytes(count: 100_000) { $0.storeBytes(of: 7, toByteOffset: 99_999, as: UInt8.self) }
    precondition(secret.lend(to: copy).last == 7)
    precondition(SecretBytes.lockFailures > 0)
    guard case .unlocked(let reason) = SecretMemory.status else { preconditionFailure("not locked") }
    precondition(before != .locked && reason.contains("RLIMIT_MEMLOCK is 0 bytes"), reason)
}
