import Foundation
import JSONText
import Testing

/// A broker that has no credentials yet, or may not use those that it finds.
@Suite struct DegradedStartTests {
    private static let keys = """
        [default]
        aws_access_key_id = \(Simulator.accessKeyID)
        aws_secret_access_key = \(Simulator.secret)
        """

    private func broker(
        _ simulator: Simulator, keysAt path: String, in workplace: Workplace, _ more: String = ""
    ) throws -> BrokerProcess {
        try BrokerProcess.start(
            configuration: """
                profiles:
                  default:
                    region: us-east-1
                    endpoint: "\(simulator.url)"
                    credentials: {source: shared-files, credentialsFile: \(path), configFile: /dev/null}
                \(Simulator.grantForEverybody)
                cacheSeconds: 0
                \(more)
                """, in: workplace)
    }

    @Test func `without credentials it starts, says so wherever it can, and heals when they come, change or break`()
        throws
    {
        let (workplace, path) = try { ($0, "\($0.path)/credentials") }(Workplace())
        let simulator = try Simulator(in: workplace)
        let broker = try broker(simulator, keysAt: path, in: workplace)
        #expect(broker.readyLine.contains("NO CREDENTIALS from shared-files"))
        let refusal = try broker.ask(["session"])
        #expect(refusal.status != 0 && refusal.err.contains("CredentialsUnavailable"), "\(refusal)")
        #expect(
            refusal.err.contains("no credentials for profile default from shared-files")
                && refusal.err.contains("next:"))
        #expect(try broker.ask(["status", "--output", "json"]).out.contains("\"unavailable\""))

        try workplace.write("credentials", Self.keys, mode: 0o600)
        #expect(try broker.ask(["session"]).status == 0)
        // Broken, the last good ones serve; and say so nowhere but in the log.
        try workplace.write("credentials", "[default\n", mode: 0o600)
        #expect(try broker.ask(["session"]).status == 0)
        #expect(broker.standardError().contains("line 1: Section definition must end with ']'"))
        let other = "[default]\naws_access_key_id = AKIAOTHER\naws_secret_access_key = other\n"
        try workplace.write("credentials", other, mode: 0o600)
        let refused = try broker.ask(["session"])
        #expect(refused.status != 0 && !refused.err.contains("CredentialsUnavailable"), "\(refused)")
        try workplace.write("credentials", Self.keys, mode: 0o600)
        #expect(try broker.ask(["session"]).status == 0)
        let log = broker.standardError()
        #expect(log.components(separatedBy: "there are no credentials").count == 2, "\(log)")
    }

    @Test func `keys that others can read are refused by root's broker, and warned of by one that is told to bear it`()
        throws
    {
        let workplace = try Workplace()
        let simulator = try Simulator(in: workplace)
        let path = try workplace.write("credentials", Self.keys, mode: 0o640)
        for (more, isStrict) in [
            ("", getuid() == 0), ("strictPermissions: true", true), ("strictPermissions: false", false),
        ] {
            let broker = try broker(simulator, keysAt: path, in: workplace, more)
            let answer = try broker.ask(["session"])
            #expect((answer.status == 0) == !isStrict, "\(answer)")
            let said = isStrict ? answer.err : broker.standardError()
            #expect(said.contains("open to other users (mode 0640)") && said.contains("chmod 600 \(path)"), "\(said)")
        }
    }
}
