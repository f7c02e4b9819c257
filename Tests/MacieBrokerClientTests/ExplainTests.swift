import JSONText
import MacieBrokerClient
import Testing

/// `BrokerClient.explain`, and what people read of it.
@Suite struct ExplainTests {
    @Test func `a question has what a request would have, and a refusal is an answer`() throws {
        let broker = FakeBroker { peer in
            var request = peer.request()
            #expect(request["method"] == "broker.Explain")
            #expect(request["params"] == ["action": "macie2:GetMacieSession"])
            peer.answer(request, Samples.allowed)
            request = peer.request()
            #expect(
                request["params"] == ["profile": "a", "region": "eu-west-1", "maxAgeSeconds": 0, "action": "s3:Get"])
            peer.answer(request, Samples.denied)
        }
        let client = BrokerClient(at: broker.address)
        let allowed = try client.explain("macie2:GetMacieSession")
        #expect(allowed.isAllowed && allowed.rule == "auditors" && allowed.remedy == nil)
        #expect(allowed.profile == "audit" && allowed.region == "us-east-1" && allowed.mode == "enforce")
        #expect(allowed.json == Samples.allowed)
        let denied = try client.explain("s3:Get", profile: "a", region: "eu-west-1", maxAgeSeconds: 0)
        #expect(!denied.isAllowed && denied.rule == nil && denied.profile == nil)
        #expect(denied.reason == "no grant of this user covers the region")
    }

    @Test func `a yes reads well`() throws {
        let answer = try Samples.answer(Samples.allowed) { try $0.explain("a:B") }
        #expect(
            ExplainText(answer, ink: .plain).text == """
                allowed  yes
                action   macie2:GetMacieSession
                profile  audit
                region   us-east-1
                rule     auditors
                reason   grant "auditors" covers it

                """)
    }

    @Test func `a no reads well, says what to do, and cannot play with the terminal`() throws {
        let answer = try Samples.answer(Samples.denied) { try $0.explain("a:B") }
        #expect(
            ExplainText(answer, ink: .plain).text == """
                allowed  no
                action   macie2:GetMacieSession
                region   eu-west-1
                reason   no grant of this user covers the region
                next     ask root\\u{1B}

                """)
    }

    @Test func `a no that is let through is told as that`() throws {
        let observed = Samples.denied.replacing("enforce", with: "observe")
        let answer = try Samples.answer(observed) { try $0.explain("a:B") }
        #expect(
            ExplainText(answer, ink: .plain).text
                .hasPrefix("allowed  no, but let through: the policy is only observed\n"))
    }

    @Test(arguments: ["{}", #"{"allowed":"yes"}"#, Samples.allowed.replacing("true", with: "1")])
    func `an answer that is none is told as what it is`(result: String) {
        #expect(throws: ClientFailure.self) { try Samples.answer(result) { try $0.explain("a:B") } }
    }
}
