import Secrets
import Testing

@Suite struct CredentialTests {
    @Test func `nothing that prints a credential shows more than the end of its key id`() {
        var secret = Array("canary-secret".utf8)
        var token = Array("canary-token".utf8)
        let credential = Credential(
            accessKeyID: "AKIACANARY00000WXYZ", secretAccessKey: SecretBytes(takingAndWiping: &secret),
            sessionToken: SecretBytes(takingAndWiping: &token), expiration: nil)
        var dumped = ""
        dump(credential, to: &dumped)
        var held = ""
        dump((1, [credential]), to: &held)
        let texts = [
            "\(credential)", String(describing: credential), String(reflecting: credential), dumped, held,
            "\([credential])", String(describing: Mirror(reflecting: credential).children.map { "\($0)" }),
        ]
        for text in texts { #expect(!text.contains("canary") && !text.contains("AKIACANARY")) }
        #expect("\(credential)" == "Credential(…WXYZ)")
    }

    @Test func `a credential is let go with its secrets`() {
        weak var gone: Credential?
        do {
            let credential = Credential(accessKeyID: "AKID", secretAccessKey: SecretBytes(count: 8) { _ in })
            gone = credential
            #expect(credential.secretAccessKey.count == 8)
        }
        #expect(gone == nil)
    }
}
