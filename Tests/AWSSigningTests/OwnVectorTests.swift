import AWSSigning
import Foundation
import TestSupport
import Testing

/// Our own vectors (scripts/make-signing-vectors, botocore as the oracle) and those that SIGV4_VECTORS names.
@Suite struct OwnVectorTests {
    @Test func `all of our own vectors sign as botocore does`() throws {
        let vectors = try Self.ownVectors()
        #expect(vectors.count > 100)
        try check(vectors, called: "own SigV4 vectors")
    }

    @Test func `all vectors of the file that SIGV4_VECTORS names sign as expected`() throws {
        let vectors = try JSONLines.fromEnvironment("SIGV4_VECTORS").enumerated().map { number, json in
            try SigningVector(json: json, name: "SIGV4_VECTORS, line \(number + 1)")
        }
        try check(vectors, called: "SIGV4_VECTORS")
    }

    @Test func `signing from many threads agrees with signing alone`() async throws {
        let vectors = try Self.ownVectors()
        // A keyring too small for all the keys, so that threads also evict each other's.
        let signer = Signer(keyring: SigningKeyring(capacity: 8))
        let credentials = vectors.map(\.credential)
        let wrong = try await withThrowingTaskGroup(of: Int.self) { group in
            for thread in 0..<8 {
                group.addTask {
                    try vectors.indices.count { turn in
                        let index = (turn + thread * 17) % vectors.count
                        return try !vectors[index].differences(signedWith: signer, credentials[index]).isEmpty
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(wrong == 0)
    }

    private func check(_ vectors: [SigningVector], called name: String) throws {
        let signer = Signer(keyring: SigningKeyring())
        var passed = 0
        for vector in vectors {
            let differences = try vector.differences(signedWith: signer, vector.credential)
            #expect(differences.isEmpty, "\(vector.name)")
            if differences.isEmpty { passed += 1 }
        }
        if !vectors.isEmpty { print("\(name): \(passed)/\(vectors.count)") }
    }

    private static func ownVectors() throws -> [SigningVector] {
        let file = try #require(Bundle.module.url(forResource: "own", withExtension: "jsonl", subdirectory: "vectors"))
        return try JSONLines.parse([UInt8](Data(contentsOf: file))).enumerated().map { number, json in
            try SigningVector(json: json, name: "own.jsonl, line \(number + 1)")
        }
    }
}
