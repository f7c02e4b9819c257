import AWSSigning
import Foundation
import JSONText
import TestSupport
import Testing
import Timestamps

/// The official header-signing suites: aws-c-auth's 38 cases, botocore's 34, and two of smithy-rs.
@Suite struct OfficialSuiteTests {
    @Test func `all 72 official cases sign as published, step by step`() throws {
        guard ReferenceData.require() != nil else { return }
        let vectors = try ReferenceData.jsonLines("sigv4/cases.jsonl").map(SigningVector.init(officialCase:))
        var passed = 0
        for vector in vectors {
            let signer = Signer(keyring: SigningKeyring(), options: vector.options)
            let differences = try vector.differences(signedWith: signer, vector.credential)
            #expect(differences.isEmpty, "\(vector.name)")
            if differences.isEmpty { passed += 1 }
        }
        print("SigV4 official header-signing cases: \(passed)/\(vectors.count)")
        #expect(vectors.count == 72)
    }

    @Test func `a path that is escaped already is escaped once more, as in smithy's case`() throws {
        guard ReferenceData.require() != nil else { return }
        let canonical = try text("double-url-encode/header-canonical-request.txt")
        let signed = try sign(
            path: "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-west-2%3A892717189312%3Afunction%3Amy-rusty-fun"
                + "/invocations",
            host: "lambda.us-east-2.amazonaws.com", scope: CredentialScope(region: "us-east-2", service: "lambda"))
        #expect(signed.canonicalRequest == canonical)
        #expect(signed.stringToSign == (try text("double-url-encode/header-string-to-sign.txt")))
    }

    @Test func `what a path leaves raw is escaped once, as in smithy's case`() throws {
        guard ReferenceData.require() != nil else { return }
        let signed = try sign(
            path: "/test/@connections/JBDvjfGEIAMCERw%3D", host: "tj9n5r0m12.execute-api.us-east-1.amazonaws.com",
            scope: CredentialScope(region: "us-east-1", service: "service"))
        #expect(signed.canonicalRequest == (try text("double-encode-path/header-canonical-request.txt")))
    }

    private func sign(path: String, host: String, scope: CredentialScope) throws -> SignedRequest {
        let instant = try #require(Timestamp(parsingISO8601: "2021-05-11T15:40:45Z"))
        return try Signer(keyring: SigningKeyring()).sign(
            SignableRequest(method: "POST", path: path), host: host, scope: scope, at: instant, with: .example)
    }

    private func text(_ name: String) throws -> String {
        let bytes = try ReferenceData.bytes("sigv4/smithy-rs-extra/" + name)
        return String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .newlines)
    }
}
