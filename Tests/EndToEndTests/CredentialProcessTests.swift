import Foundation
import JSONText
import Testing

/// Programs that bring credentials, and what they may not do.
@Suite struct CredentialProcessTests {
    private func broker(
        running command: String, before simulator: Simulator, in workplace: Workplace, socket: String
    ) throws -> BrokerProcess {
        try BrokerProcess.start(
            configuration: """
                profiles:
                  default: {region: us-east-1, endpoint: "\(simulator.url)", credentials: {source: process, command: "\(command)"}}
                \(Simulator.grantForEverybody)
                cacheSeconds: 0
                """, in: workplace, arguments: ["--socket", socket], environment: ["PATH": "/usr/bin:/bin"])
    }

    @Test(arguments: ["", "/bin/sh -c 'exec setsid -w \"$0\" \"$@\"' "])
    func `a program that asks the broker that started it is refused, and nobody waits for it`(wrapper: String) throws {
        let workplace = try Workplace()
        let socket = "\(try workplace.makeFolder("run"))/broker.sock"
        let said = "\(workplace.path)/said"
        let script = try workplace.write(
            "process",
            """
            #!/bin/sh
            \(wrapper)\(try Programs.stage().client) session --socket \(socket) >\(said) 2>&1
            echo $? >>\(said)
            exit 1
            """, mode: 0o755)
        let broker = try broker(
            running: "/bin/sh \(script)", before: try Simulator(in: workplace), in: workplace, socket: socket)
        let start = ContinuousClock.now
        let answer = try broker.ask(["session"])
        #expect(ContinuousClock.now - start < .seconds(20))
        #expect(answer.status != 0 && answer.err.contains("CredentialsUnavailable"), "\(answer)")
        let refusal = try String(contentsOfFile: said, encoding: .utf8)
        #expect(refusal.contains("PermissionDenied") && refusal.contains("cannot ask the broker"), "\(refusal)")
        let records = broker.records().filter { $0["outcome"]?.string == "PermissionDenied" }
        #expect(!records.isEmpty)
    }

    @Test func `a program that prints keys serves everybody, and its own words on standard error are not repeated`()
        throws
    {
        let workplace = try Workplace()
        let simulator = try Simulator(in: workplace)
        let keys = try workplace.write(
            "keys.json",
            #"{"Version":1,"AccessKeyId":"\#(Simulator.accessKeyID)","SecretAccessKey":"\#(Simulator.secret)"}"#,
            mode: 0o600)
        let socket = "\(try workplace.makeFolder("run"))/broker.sock"
        let broker = try broker(
            running: "cat \(keys); echo the key is \(Simulator.secret) >&2", before: simulator, in: workplace,
            socket: socket)
        let answer = try broker.ask(["session"])
        #expect(answer.status == 0, "\(answer) \(broker.readyLine)")
        #expect(!broker.standardError().contains(Simulator.secret))
        #expect(broker.readyLine.contains("credentials from process"))
    }
}
