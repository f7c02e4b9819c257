import Foundation
import JSONText
import Testing

/// The proof that keys are nowhere to be found: a broker with a canary in every source, after requests, renewals, errors,
/// a rotation, a reload and a removal.
@Suite(.serialized) struct SecretsCanaryOtherUsersTests {
    @Test func `canaries of every source are in locked memory, once, and nowhere else`() throws {
        let cage = try CanaryCage()
        try cage.give(number: 1)
        let connection = try RawConnection(cage.broker.socketPath)
        var answered = 0
        for number in 0..<1_000 {
            if try cage.ask(CanaryCage.profiles[number % 10], on: connection) == nil { answered += 1 }
        }
        #expect(answered == 1_000)
        try troubles(of: cage, on: connection)
        try settle(cage, on: connection)
        let live = try cage.heldKeyEnds()
        #expect(live.count == CanaryCage.profiles.count, "\(live)")
        try searchMemory(of: cage, live: live)
        try searchOutputs(of: cage)
        // Whoever is asked, Macie or those who give credentials, is told by what.
        #expect(Set(try cage.cloud.agents().keys) == ["macie-broker/0.1.0"])
    }

    /// Everybody who gives credentials fails, and sends back what was sent; AWS refuses tokens, and sends them back; keys
    /// are rotated; the configuration is read again; keys are removed.
    private func troubles(of cage: CanaryCage, on connection: RawConnection) throws {
        try cage.cloud.obey("fail 1000000")
        for profile in ["role", "web", "sso", "container", "imds"] {
            let isRefused = try Waiting.until(seconds: 60) {
                try cage.ask(profile, on: connection) == "CredentialsUnavailable"
            }
            #expect(isRefused, "\(profile)")
        }
        try cage.cloud.obey("fail 0")
        try cage.cloud.obey("expire 10")
        for profile in CanaryCage.profiles { _ = try cage.ask(profile, on: connection) }
        try cage.cloud.obey("expire 0")
        try cage.rotateFiles()
        #expect(try cage.ask("files", on: connection) == nil)
        cage.broker.signal(SIGHUP)
        try cage.administer("Status")
        try cage.administer("Metrics")
        try cage.administer("RemoveCredentials", #"{"profile":"given"}"#)
        #expect(try cage.ask("given", on: connection) == "CredentialsUnavailable")
        try cage.administer(
            "AddCredentials",
            #"{"profile":"given","accessKeyId":"A K","secretAccessKey":"\#(CanaryCage.canary("bad"))"}"#)
    }

    /// Every profile has credentials again that live long, and what had to go has gone.
    private func settle(_ cage: CanaryCage, on connection: RawConnection) throws {
        try cage.cloud.obey("life 3600")
        try cage.give(number: 2)
        var missing: [String] = []
        _ = try Waiting.until(seconds: 60) {
            missing = try CanaryCage.profiles.filter { try cage.ask($0, on: connection) != nil }
            return missing.isEmpty
        }
        #expect(missing.isEmpty)
        #expect(try !cage.administer("ListCredentials").text.contains("unavailable"))
        // What lived for six seconds has been replaced by now.
        Thread.sleep(forTimeInterval: 6.2)
        for profile in CanaryCage.profiles { #expect(try cage.ask(profile, on: connection) == nil) }
    }

    private func searchMemory(of cage: CanaryCage, live: Set<String>) throws {
        var texts: [String: JSONValue] = [:]
        var kept: Set<String> = []
        for (number, entry) in try cage.cloud.entries().enumerated() {
            let isLive =
                entry.accessKeyID.map { live.contains(String($0.suffix(4))) } ?? false
                || entry.label == "base 2" || entry.label == "container token"
            for (what, text) in entry.texts {
                let label = "\(number) \(entry.label) \(what)"
                texts[label] = text
                if isLive { kept.insert(label) }
            }
        }
        #expect(texts.count > 200)
        var (hits, stale): ([MemorySearch.Hit], [MemorySearch.Hit]) = ([], [])
        // Twice a second the broker lets go of what it does not need.
        _ = try Waiting.until(seconds: 20) {
            hits = try MemorySearch(of: cage.broker.pid, for: texts, in: cage.workplace, around: 40).hits
            stale = hits.filter { !kept.contains($0.label) }
            return stale.isEmpty
        }
        let loose = hits.filter { !$0.isLocked }
        #expect(loose.isEmpty, "outside of locked memory: \(loose.map(\.text))")
        #expect(stale.isEmpty, "of what was removed or rotated: \(stale.map(\.text))")
        let copies = Dictionary(grouping: hits, by: \.label).filter { $0.value.count > 1 }
        #expect(copies.isEmpty, "more than once: \(copies)")
        let secrets = hits.filter { $0.label.hasSuffix(" secret") }
        print(
            "canaries: \(texts.count) texts searched for, \(hits.count) found, \(hits.count - loose.count) of them in locked memory"
        )
        // The search finds what is there: a key for each profile, and the base of the role.
        #expect(secrets.count == CanaryCage.profiles.count + 1)
    }

    private func searchOutputs(of cage: CanaryCage) throws {
        let canaries = try cage.cloud.entries().flatMap { entry in
            ["secret", "token"].compactMap { entry.texts[$0]?.string }
        }
        let outputs = try cage.outputs()
        #expect(outputs.utf8.count > 100_000)
        for canary in canaries {
            let bytes = Array(canary.utf8)
            let forms =
                [
                    canary, bytes.map { String(format: "%02x", $0) }.joined(),
                    bytes.map { "\(Character(Unicode.Scalar($0)))\0" }.joined(),
                    canary.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? canary,
                    canary.addingPercentEncoding(
                        withAllowedCharacters: .init(charactersIn: "-_.~").union(.alphanumerics))
                        ?? canary,
                ] + (0..<3).map { Self.base64(bytes, after: $0) }
            for form in forms {
                #expect(!outputs.contains(form), "\(canary.prefix(14))… is in what the broker wrote")
            }
        }
        let insides = ProcessInsides(pid: cage.broker.pid)
        #expect(insides.find(canaries, in: .environment) == [])
        #expect(insides.find(canaries, in: .commandLine) == [])
        let environment = String(decoding: insides.contents(of: "environ") ?? Data(), as: UTF8.self)
        #expect(environment.contains("AWS_REGION=us-east-1") && !environment.contains("ASIASTATIC"))
    }

    /// Of `bytes` behind so many others: only the characters that do not depend on what stands around them.
    private static func base64(_ bytes: [UInt8], after others: Int) -> String {
        let text = Data([UInt8](repeating: 0, count: others) + bytes).base64EncodedString()
        return String(text.dropFirst([0, 2, 3][others]).prefix((bytes.count * 8 - [0, 4, 2][others]) / 6))
    }
}
