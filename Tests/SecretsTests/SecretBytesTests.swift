import Secrets
import Testing

@Suite struct SecretBytesTests {
    @Test(arguments: [0, 1, 40, 63, 64, 65, 4_096, 16_384, 16_385, 100_000])
    func `a secret is lent as it was given, and what it was taken from is emptied`(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ 7) }
        var source = bytes
        let secret = SecretBytes(takingAndWiping: &source)
        #expect(source.isEmpty)
        #expect(secret.count == count)
        #expect(secret.lend(to: copy) == bytes)
        let another = secret.lend { SecretBytes(copying: $0) }
        #expect(another.lend(to: copy) == bytes)
    }

    @Test func `a secret can be computed in place, out of zeros`() {
        let secret = SecretBytes(count: 4) { bytes in
            #expect(copy(of: bytes.bytes) == [0, 0, 0, 0])
            bytes.storeBytes(of: 7, toByteOffset: 1, as: UInt8.self)
            SecretBytes(count: 9) { _ in }.lend { bytes.copy($0, at: 3) }
        }
        #expect(secret.lend(to: copy) == [0, 7, 0, 0])
    }

    @Test func `secrets are equal when every byte is`() {
        let bytes = (0..<70).map { UInt8($0) }
        func secret(_ bytes: [UInt8]) -> SecretBytes {
            var bytes = bytes
            return SecretBytes(takingAndWiping: &bytes)
        }
        func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool { SecretBytes.areEqual(secret(left), secret(right)) }
        #expect(areEqual(bytes, bytes))
        #expect(areEqual([], []))
        #expect(!areEqual(bytes, bytes + [0]))
        for index in bytes.indices {
            var other = bytes
            other[index] ^= 0x80
            #expect(!areEqual(bytes, other))
        }
    }

    @Test func `a failure to compute or to borrow is handed on`() {
        struct Failed: Error {}
        #expect(throws: Failed.self) {
            let secret = try SecretBytes(count: 3) { _ throws(Failed) in throw Failed() }
            _ = secret.count
        }
        let secret = SecretBytes(count: 1) { _ in }
        #expect(throws: Failed.self) { try secret.lend { _ throws(Failed) in throw Failed() } }
    }

    @Test func `a secret made and let go on many threads is nobody else's`() async {
        let torn = await withTaskGroup(of: Int.self) { group in
            for thread in UInt8(0)..<8 {
                group.addTask {
                    (0..<500).reduce(0) { torn, turn in
                        var bytes = Array(repeating: thread, count: 1 + turn * 37 % 3_000)
                        let expected = bytes
                        let secret = SecretBytes(takingAndWiping: &bytes)
                        return torn + (secret.lend(to: copy) == expected ? 0 : 1)
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(torn == 0)
    }
}

/// The bytes of a secret, if there is one.
func bytes(of secret: consuming SecretBytes?) -> [UInt8]? {
    switch consume secret {
    case .none: nil
    case .some(let secret): secret.lend(to: copy)
    }
}

/// The bytes of a loan, for a test to compare; they are no secrets here.
func copy(of loan: borrowing RawSpan) -> [UInt8] {
    // SAFETY: the buffer is read during the call.
    unsafe loan.withUnsafeBytes { unsafe Array($0) }
}
