import Secrets
import Testing
import Timestamps

@testable import AWSSigning

@Suite struct SigningKeyringTests {
    @Test func `the signing key is the one that AWS publishes`() throws {
        let scope = CredentialScope(region: "us-east-1", service: "iam")
        let key = try SigningKey.bytes(of: .example, on: "20150830", in: scope)
        let digits = key.lend { bytes in
            bytes.byteOffsets.map { hexadecimal(unsafe bytes.unsafeLoad(fromByteOffset: $0, as: UInt8.self)) }.joined()
        }
        #expect(digits == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9")
    }

    @Test func `a key is derived once for a credential, day, region and service`() throws {
        let keyring = SigningKeyring()
        let credential = Credential.example
        let first = try keyring.key(of: credential, at: .example, in: .example)
        let later = try keyring.key(of: credential, at: .example.adding(seconds: 3_600), in: .example)
        #expect(first === later)
        let others = try [
            keyring.key(of: credential, at: .example.adding(seconds: 86_400), in: .example),
            keyring.key(of: credential, at: .example, in: CredentialScope(region: "eu-west-1", service: "service")),
            keyring.key(of: credential, at: .example, in: CredentialScope(region: "us-east-1", service: "other")),
        ]
        #expect(others.allSatisfy { $0 !== first })
        #expect(keyring.count == 4)
    }

    @Test func `two credentials with one key id have a key each`() throws {
        let keyring = SigningKeyring()
        let (one, other) = (Credential.example, Credential.example)
        let first = try keyring.key(of: one, at: .example, in: .example)
        #expect(try keyring.key(of: other, at: .example, in: .example) !== first)
    }

    @Test func `a keyring holds no more than its capacity and lets the oldest unused key go`() throws {
        let keyring = SigningKeyring(capacity: 3)
        let credential = Credential.example
        func key(_ region: String) throws -> SigningKey {
            try keyring.key(of: credential, at: .example, in: CredentialScope(region: region, service: "s"))
        }
        let (a, b) = (try key("a"), try key("b"))
        _ = try key("c")
        #expect(try key("a") === a)
        _ = try key("d")
        #expect(keyring.count == 3)
        #expect(try key("a") === a)
        #expect(try key("b") !== b)
        for number in 0..<100 { _ = try key("region-\(number)") }
        #expect(keyring.count == 3)
    }

    @Test func `keys of a credential that is gone are let go with the next one derived`() throws {
        let keyring = SigningKeyring()
        for _ in 0..<10 { _ = try keyring.key(of: .example, at: .example, in: .example) }
        #expect(keyring.count == 1)
        let kept = Credential.example
        _ = try keyring.key(of: kept, at: .example, in: .example)
        #expect(keyring.count == 1)
        keyring.removeAll()
        #expect(keyring.count == 0)
        withExtendedLifetime(kept) {}
    }

    @Test(
        arguments: [
            (0, "19700101T000000Z"), (-1, "19691231T235959Z"), (-86_400, "19691231T000000Z"),
            (86_399, "19700101T235959Z"),
            (1_709_164_800, "20240229T000000Z"), (253_402_300_799, "99991231T235959Z"),
            (-62_135_596_800, "00010101T000000Z"),
        ] as [(Int64, String)])
    func `a time is signed as the day of its key and its own hour`(seconds: Int64, text: String) throws {
        let instant = Timestamp(seconds: seconds)
        let key = try SigningKeyring().key(of: .example, at: instant, in: .example)
        #expect(SigningTime(instant, date: key.date).text == text)
        #expect(instant.basicISO8601 == text)
    }

    private func hexadecimal(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
    }
}
