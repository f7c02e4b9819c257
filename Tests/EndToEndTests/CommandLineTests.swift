import Foundation
import JSONText
import Testing

/// `macie-broker` as people and programs use it, against a broker that works.
@Suite struct CommandLineTests {
    private let workplace: Workplace
    private let simulator: Simulator
    private let broker: BrokerProcess

    init() throws {
        workplace = try Workplace()
        simulator = try Simulator(in: workplace)
        broker = try BrokerProcess.start(configuration: simulator.configuration(in: workplace), in: workplace)
    }

    @Test func `session prints aligned lines for people`() throws {
        let answer = try broker.ask(["session"])
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.err.isEmpty)
        let lines = answer.out.split(separator: "\n").map(String.init)
        let labels = [
            "status", "publishes findings", "created", "updated", "service role", "profile", "region", "answer",
        ]
        #expect(lines.count == labels.count)
        for (line, label) in zip(lines, labels) {
            #expect(line.hasPrefix(label))
            #expect(line.dropFirst(label.count).prefix(20 - label.count).allSatisfy { $0 == " " }, "\(line)")
        }
        #expect(answer.out.contains("status              ENABLED\n"))
        #expect(answer.out.contains("every 15 minutes"))
        #expect(answer.out.contains("2020-12-02T22:39:41.930Z ("))
        #expect(answer.out.contains(" years ago)"))
        #expect(!answer.out.contains("\u{1B}"), "colour is for terminals")
    }

    @Test func `session prints the result alone on one line for programs`() throws {
        let answer = try broker.ask(["session", "--output", "json"])
        #expect(answer.out.hasSuffix("}\n"))
        #expect(answer.out.filter { $0 == "\n" }.count == 1)
        let members = answer.json.object?.members.map(\.name).sorted()
        #expect(members == ["provenance", "session"])
    }

    @Test func `the short way and the argument parser's say the same`() throws {
        let spellings = [
            ["session", "--output", "json", "--profile", "default", "--region", "us-east-1", "--max-age", "60"],
            ["session", "--output=json", "--profile=default", "--region=us-east-1", "--max-age=60"],
            ["session", "--max-age=60", "--output", "json", "--region", "us-east-1", "--profile=default"],
        ]
        _ = try broker.ask(["session"])
        let answers = try spellings.map { try broker.ask($0) }
        #expect(answers.allSatisfy { $0.status == 0 && $0.err.isEmpty })
        for answer in answers {
            #expect(answer.json["session"] == answers[0].json["session"])
            #expect(answer.json["provenance"]?["requestId"] == answers[0].json["provenance"]?["requestId"])
        }
        let refusals = try [["session", "--region", "eu-west-3"], ["session", "--region=eu-west-3"]].map {
            try broker.ask($0)
        }
        #expect(refusals[0].description == refusals[1].description)
        #expect(refusals[0].status != 0)
    }

    @Test func `whoami, status and call answer in both forms`() throws {
        let whoAmI = try broker.ask(["whoami"])
        #expect(whoAmI.status == 0, "\(whoAmI)")
        #expect(whoAmI.out.contains("uid \(getuid())"))
        #expect(whoAmI.out.contains("by grant \"everybody\""))
        let json = try broker.ask(["whoami", "--output", "json"]).json
        #expect(json["uid"]?.integer == Int64(getuid()))
        #expect(json["pid"]?.integer ?? 0 > 0)

        _ = try broker.ask(["session"])
        _ = try broker.ask(["session"])
        let status = try broker.ask(["status"])
        #expect(status.status == 0, "\(status)")
        #expect(status.out.contains("pid \(broker.pid)"))
        #expect(status.out.contains("default in us-east-1, credentials from shared-files ready"))
        #expect(status.out.contains("1 entries, 1 hits, 1 misses"))
        let told = try broker.ask(["status", "--output", "json"]).json
        #expect(told["name"] == "macie-broker")
        #expect(told["protocol"] == 1)
        #expect(told["pid"]?.integer == Int64(broker.pid))
        #expect(told["socket"] == .string(broker.socketPath))
        #expect(told["upstream"]?["calls"] == 1)
        #expect(told["cache"]?["hits"] == 1)

        let called = try broker.ask(["call", "macie2.GetMacieSession", #"{"maxAgeSeconds":60}"#])
        #expect(called.json["session"]?["status"] == "ENABLED", "\(called)")
    }

    @Test func `call rpc.discover tells the methods and the limits in force`() throws {
        let document = try broker.ask(["call", "rpc.discover"]).json
        #expect(document["openrpc"]?.string?.hasPrefix("1.3") == true)
        let methods = document["methods"]?.array?.compactMap { $0["name"]?.string }.sorted()
        #expect(
            methods == [
                "broker.Explain", "broker.Status", "broker.WhoAmI", "macie2.GetMacieSession", "rpc.discover",
            ])
        #expect(document["x-limits"]?["requestLineBytes"]?["value"] == 65_536)
    }

    @Test func `failures have their exit codes and say what to do next`() throws {
        let wrong: [(arguments: [String], status: Int32, says: String)] = [
            (["session", "--max-age", "-1"], 64, ""),
            (["session", "--max-age=86401"], 64, "--max-age takes seconds from 0 to 86400"),
            (["session", "--output", "xml"], 64, "--output"),
            (["session", "--timeout", "0"], 64, "--timeout takes seconds"),
            (["sessions"], 64, ""),
            (["call", "macie2.GetMacieSession", "{not json"], 64, "next: Give parameters by name"),
            (["call", "macie2.GetMacieSession", "[1]"], 64, "next: Give parameters by name"),
            (["call", "macie2.EnableMacie"], 70, "MethodNotFound"),
            (["call", "macie2.GetMacieSession", #"{"maxAgeSeconds":"60"}"#], 70, "InvalidParams"),
            (["session", "--region", "Nowhere"], 70, "InvalidParams"),
            (["session", "--profile", "nosuch"], 70, "InvalidParams"),
        ]
        for (arguments, status, says) in wrong {
            let answer = try broker.ask(arguments)
            #expect(answer.status == status, "\(arguments): \(answer)")
            #expect(answer.out.isEmpty)
            #expect(!answer.err.isEmpty)
            #expect(says.isEmpty || answer.err.contains(says), "\(arguments): \(answer)")
        }
    }

    @Test func `a peer that says nothing is given up after --timeout`() throws {
        let silent = try SilentListener(at: workplace.path + "/silent.sock")
        let start = ContinuousClock.now
        let answer = try Client.run(["session", "--timeout", "0.2"], socket: silent.path)
        #expect(answer.status == 75, "\(answer)")
        #expect(answer.err.contains("no answer within 200 milliseconds"))
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test func `an inherited descriptor comes before everything in the environment`() throws {
        let connection = try RawConnection(broker.socketPath)
        let answer = try Client.run(
            ["session", "--output", "json"], socket: nil,
            environment: ["MACIE_BROKER_FD": "9", "MACIE_BROKER_SOCKET": "/nowhere"],
            descriptors: [9: connection.descriptor])
        #expect(answer.status == 0, "\(answer)")
        #expect(answer.json["session"]?["status"] == "ENABLED")
        // The socket is shared with the client, and goes on working here.
        #expect(try connection.ask(#"{"jsonrpc":"2.0","id":"x","method":"broker.WhoAmI"}"#)["result"] != nil)
    }

    @Test func `MACIE_BROKER_SOCKET and XDG_RUNTIME_DIR name a broker, --socket wins`() throws {
        let named = try Client.run(
            ["session"], socket: nil,
            environment: ["MACIE_BROKER_SOCKET": broker.socketPath, "XDG_RUNTIME_DIR": "/tmp"])
        #expect(named.status == 0, "\(named)")
        let wrong = try Client.run(["session"], socket: nil, environment: ["MACIE_BROKER_SOCKET": "/nowhere"])
        #expect(wrong.status == 69)
        #expect(try broker.ask(["session"], environment: ["MACIE_BROKER_SOCKET": "/nowhere"]).status == 0)

        let runtime = try workplace.makeFolder("runtime")
        try workplace.makeFolder("runtime/macie-broker")
        try FileManager.default.createSymbolicLink(
            atPath: "\(runtime)/macie-broker/broker.sock", withDestinationPath: broker.socketPath)
        let found = try Client.run(["session"], socket: nil, environment: ["XDG_RUNTIME_DIR": runtime])
        #expect(found.status == 0, "\(found)")
    }

    @Test func `where no broker is, the place and the remedy are told`() throws {
        let stale = workplace.path + "/stale.sock"
        _ = try SilentListener(at: stale)
        let nowhere: [(place: Outcome, says: String)] = [
            (
                try Client.run(["session"], socket: "/nowhere/broker.sock"),
                "/nowhere/broker.sock: there is no such socket"
            ),
            (try Client.run(["session"], socket: stale), "\(stale): nobody listens on this socket"),
            (try Client.run(["session"], socket: "/" + String(repeating: "x", count: 107)), "1 to 107 bytes"),
            (
                try Client.run(["session"], socket: nil, environment: ["MACIE_BROKER_FD": "350"]),
                "MACIE_BROKER_FD=350: not an open"
            ),
            (
                try Client.run(["session"], socket: nil, environment: ["MACIE_BROKER_FD": "0"]),
                "MACIE_BROKER_FD=0: not an open"
            ),
            (try Client.run(["session"], socket: nil, environment: ["MACIE_BROKER_FD": "x"]), "MACIE_BROKER_FD=x"),
        ]
        for (answer, says) in nowhere {
            #expect(answer.status == 69, "\(answer)")
            #expect(answer.err.contains("no broker at "))
            #expect(answer.err.contains(says), "\(answer)")
            #expect(answer.err.contains("next: "))
            #expect(answer.out.isEmpty)
        }
    }

    @Test func `a reader that leaves early is no failure, lost output is one`() throws {
        let arguments = ["session", "--socket", broker.socketPath]
        let client = try Programs.stage().client
        let pipe = try ChildProcess.pipe()
        close(pipe.reading)
        let left = try ChildProcess.run(client, arguments, descriptors: [1: pipe.writing])
        close(pipe.writing)
        #expect(left.status == 0 && left.err.isEmpty, "\(left)")

        // SAFETY: a literal given as a C string lives for the call.
        let full = unsafe open("/dev/full", O_WRONLY | O_CLOEXEC)
        let lost = try ChildProcess.run(client, arguments, descriptors: [1: full])
        close(full)
        #expect(lost.status == 70, "\(lost)")
        #expect(lost.err.contains("cannot write the answer"))
    }

    @Test func `completions are scripts that their shells take`() throws {
        for shell in ["bash", "zsh", "fish"] {
            let script = try Client.run(["completions", shell], socket: nil)
            #expect(script.status == 0, "\(script.err)")
            #expect(script.out.contains("macie-broker"))
            #expect(script.out.contains("max-age"))
            let interpreter = "/bin/\(shell)"
            guard FileManager.default.isExecutableFile(atPath: interpreter) else { continue }
            let file = try workplace.write("completion.\(shell)", script.out)
            let taken = try ChildProcess.run(interpreter, ["-n", file])
            #expect(taken.status == 0, "\(taken)")
        }
        #expect(try Client.run(["completions", "tcsh"], socket: nil).status == 64)
    }

    @Test func `help and version need no broker`() throws {
        let version = try Client.run(["--version"], socket: nil)
        #expect(version.status == 0)
        #expect(version.out.wholeMatch(of: #/\d+\.\d+\.\d+\n/#) != nil, "\(version)")
        let help = try Client.run(["--help"], socket: nil)
        #expect(help.status == 0)
        for word in ["session", "whoami", "status", "call", "completions", "MACIE_BROKER_FD"] {
            #expect(help.out.contains(word))
        }
    }
}
