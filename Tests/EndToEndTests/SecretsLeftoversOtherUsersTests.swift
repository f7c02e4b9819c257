import Foundation
import JSONText
import Testing

/// What is left of keys in a broker's memory after it has served: nothing, outside of the memory that is set apart for them.
@Suite struct SecretsLeftoversOtherUsersTests {
    private static let secret = "leftovers/secret+key/abcdefghijklmnopqrs"
    private static let token = String(repeating: "leftovers-session-token/IQoJb3JpZ2luX2VjEJr+", count: 12)

    @Test func `the search finds every form of a secret, where there is one`() throws {
        let workplace = try Workplace()
        let hoard = try ChildProcess.startWithOutput(
            Python.forOthers, [Python.script("hoard.py", of: "Canaries"), Self.secret], environment: Python.environment)
        #expect(hoard.output.line(before: Deadline(seconds: 20)) == "ready")
        let hits = try MemorySearch(of: hoard.process.pid, for: ["key": .string(Self.secret)], in: workplace).hits
        let encodings = Set(hits.map(\.encoding))
        let expected = [
            "raw", "base64+0", "base64+1", "base64+2", "hex", "HEX", "utf-16le", "utf-16be", "percent",
            "percent, every byte", "part",
        ]
        #expect(encodings.isSuperset(of: expected), "\(encodings)")
        #expect(hits.allSatisfy { !$0.isLocked && $0.label == "key" })
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
        let texts: [String: JSONValue] = ["secret": .string(Self.secret), "token": .string(Self.token)]
        let hits = try MemorySearch(of: broker.pid, for: texts, in: workplace).hits
        #expect(hits.allSatisfy { $0.isLocked }, "\(hits)")
        // The search has been where they are.
        #expect(Set(hits.filter { $0.encoding == "raw" }.map(\.label)) == ["secret", "token"])
    }
}
