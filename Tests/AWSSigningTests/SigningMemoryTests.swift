import Secrets
import TestSupport
import Testing
import Timestamps

@testable import AWSSigning

/// Where keys lie that are made of a secret access key, as the kernel tells it.
@Suite struct SigningMemoryTests {
    private static let day = "20150830"

    /// A credential that nobody else has, and its signing key, to be looked for.
    private func makeCredential() throws -> (credential: Credential, derived: Canary) {
        let credential = Credential(
            accessKeyID: "AKIDEXAMPLE",
            secretAccessKey: SecretBytes(count: 40) { secret in
                for index in 0..<40 {
                    secret.storeBytes(of: UInt8.random(in: 0x61...0x7A), toByteOffset: index, as: UInt8.self)
                }
            })
        let key = try SigningKey.bytes(of: credential, on: Self.day, in: .example)
        var bytes = key.lend { span in
            // SAFETY: the buffer is valid during the call, and the array is a copy.
            unsafe span.withUnsafeBytes { unsafe Array($0) }
        }
        return (credential, Canary(taking: &bytes))
    }

    @Test func `a signing key that is kept is once in memory, locked and left out of cores`() throws {
        let (credential, derived) = try makeCredential()
        let keyring = SigningKeyring()
        let signer = Signer(keyring: keyring)
        #expect(try derived.placesInMemory() == 0)
        for _ in 0..<100 {
            _ = try signer.sign(
                SignableRequest(method: "GET", path: "/"), host: "example.amazonaws.com", scope: .example, at: .example,
                with: credential)
        }
        let places = try derived.placesAndFlags()
        #expect(places.count == 1)
        #expect(places.allSatisfy(isKept), "\(places)")
        keyring.removeAll()
        #expect(try derived.placesInMemory() == 0)
    }

    @Test func `what libcrypto makes of a key is in its secure heap, and goes with it`() throws {
        let (credential, derived) = try makeCredential()
        let key = try SigningKey.bytes(of: credential, on: Self.day, in: .example)
        let state = key.lend { bytes in
            var state = unsafe bytes.withUnsafeBytes { unsafe SHA256State.inner(ofHMACUnder: Array($0)) }
            return Canary(taking: &state)
        }
        #expect(try state.placesInMemory() == 0)
        var hmac = try key.lend { try HMACSHA256(key: $0) }
        for signs in [false, true] {
            if signs { _ = try hmac.code(of: [1, 2, 3]) }
            let keys = try derived.placesAndFlags()
            #expect(keys.count == 2)
            let states = try state.placesAndFlags()
            #expect(states.count >= 1)
            #expect((keys + states).allSatisfy(isKept), "\(keys) \(states)")
        }
        _ = consume hmac
        #expect(try derived.placesInMemory() == 1)
        #expect(try state.placesInMemory() == 0)
        withExtendedLifetime(key) {}
    }

    @Test func `where memory cannot be locked signing works all the same, and the status says so`() async {
        await #expect(processExitsWith: .success) { signWithoutLock() }
    }

    private func isKept(_ flags: Set<String>) -> Bool {
        flags.contains("dd") && flags.contains("lo") == (SecretMemory.status == .locked)
    }
}

private func signWithoutLock() {
    Limits.forbidLocking()
    SigningMemory.prepare()
    guard case .unlocked = SecretMemory.status else { preconditionFailure("it is said to be locked") }
    let signed = try? Signer(keyring: SigningKeyring()).sign(
        SignableRequest(method: "GET", path: "/"), host: "example.amazonaws.com", scope: .example, at: .example,
        with: .example)
    precondition(signed?.signature.utf8.count == 64)
    precondition(SecretBytes.lockFailures >= 2, "the pages of this process, and those of libcrypto")
}
