import Foundation
import JSONText
import Testing

/// What is left of keys in a broker's memory after it has served: nothing, outside of the memory that is set apart for them.
@Suite struct SecretsLeftoversTests {
    private static let secret = "leftovers/secret+key/abcdefghijklmnopqrs"
    private static let token = String(repeating: "leftovers-session-token/IQoJb3JpZ2luX2VjEJr+", count: 12)

    /// What Canaries/scan.py finds of the texts in a process's memory; nil when this process may not look.
    private func search(_ pid: pid_t, for texts: [String: String], in workplace: Workplace) throws -> [JSONValue]? {
        let object = JSONValue.object(JSONObject(texts.map { ($0.key, .string($0.value)) }))
        let file = try workplace.write(workplace.uniqueName("secrets") + ".json", object.text, mode: 0o600)
        let told = try ChildProcess.run(
            Python.forOthers, [Python.script("scan.py", of: "Canaries"), "--stop", "\(pid)", file],
            environment: Python.environment)
        guard told.status == 0 else {
            #expect(getuid() != 0, "\(told)")
            return nil
        }
        for text in texts.values { #expect(!told.out.contains(text) && !told.err.contains(text)) }
        guard case .array(let hits) = told.json["hits"] else { throw HarnessFailure("\(told)") }
        return hits
    }

    @Test func `the search finds every form of a secret, where there is one`() throws {
        let workplace = try Workplace()
        let hoard = try ChildProcess.startWithOutput(
            Python.forOthers, [Python.script("hoard.py", of: "Canaries"), Self.secret], environment: Python.environment)
        #expect(hoard.output.line(before: Deadline(seconds: 20)) == "ready")
        let hits = try #require(try search(hoard.process.pid, for: ["key": Self.secret], in: workplace))
        let encodings = Set(hits.compactMap { $0["encoding"]?.string })
        let expected = [
            "raw", "base64+0", "base64+1", "base64+2", "hex", "HEX", "utf-16le", "utf-16be", "percent",
            "percent, every byte", "part",
        ]
        #expect(encodings.isSuperset(of: expected), "\(encodings)")
        #expect(hits.allSatisfy { $0["locked"] == .bool(false) && $0["label"]?.string == "key" })
    }

    @Test func `after hundreds of signed requests no key is in memory that is not locked`() throws {
        let workplace = try Workplace()
        let simulator = try Simulator(
            in: workplace, accessKeyID: "ASIALEFTOVERS0000001", secret: Self.secret, sessionToken: Self.token)
        let file = try workplace.write(
            "keys",
            """
            [default]
            aws_access_key_id = ASIALEFTOVERS0000001
            aws_secret_access_key = \(Self.secret)
            aws_session_token = \(Self.token)
            """, mode: 0o600)
        let broker = try BrokerProcess.start(
            configuration: """
                profiles:
                  default:
                    region: us-east-1
                    endpoint: "\(simulator.url)"
                    credentials: {source: shared-files, credentialsFile: \(file), configFile: /dev/null}
                \(Simulator.grantForEverybody)
                cacheSeconds: 0
                limits: {upstreamCallsPerSecondPerUid: 100000}
                """, in: workplace)
        let connection = try RawConnection(broker.socketPath)
        for number in 1...300 {
            try connection.send(#"{"jsonrpc":"2.0","id":\#(number),"method":"macie2.GetMacieSession"}"# + "\n")
            let reply = try #require(connection.readLine(within: 20))
            #expect(reply.contains("\"result\""), "\(reply)")
        }
        #expect(try simulator.calls().calls == 300)
        let texts = ["secret": Self.secret, "token": Self.token]
        guard let hits = try search(broker.pid, for: texts, in: workplace) else { return }
        let loose = hits.filter { $0["locked"] != .bool(true) }
        #expect(loose.isEmpty, "\(loose)")
    }
}
