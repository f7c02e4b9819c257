import AWSCredentials
import Foundation
import Glibc
import Secrets
import Testing
import Timestamps

/// Programs that print credentials: real ones.
@Suite struct ProcessSourceTests {
    private static let keys = #""AccessKeyId":"AK","SecretAccessKey":"s3cr3t/CANARY""#

    /// A script, run by a shell of its own.
    private struct Script {
        let files: TemporaryFiles
        private let environment: [String: String]

        init(_ text: String, environment: [String: String] = [:]) throws {
            files = try TemporaryFiles()
            try files.write(text, to: "script")
            self.environment = environment.merging(files.environment) { $1 }
        }

        func fetch(accountID: String? = nil) async throws -> FetchedCredential {
            try await source(accountID: accountID).fetch(for: nil)
        }

        func failure(
            timeLimit: Duration = .seconds(30), sourceLocation: SourceLocation = #_sourceLocation
        ) async -> CredentialFailure? {
            await source(timeLimit: timeLimit).failure(sourceLocation: sourceLocation)
        }

        private func source(accountID: String? = nil, timeLimit: Duration = .seconds(30)) -> ProcessSource {
            ProcessSource(
                command: "/bin/sh '\(files.home)/script'", accountID: accountID, context: .offline(environment),
                timeLimit: timeLimit)
        }

        /// What it wrote to a file below its home directory.
        func read(_ name: String) throws -> String {
            try String(contentsOfFile: "\(files.home)/\(name)", encoding: .utf8)
        }
    }

    private static func printing(_ text: String) throws -> Script { try Script("cat <<'END'\n\(text)\nEND\n") }

    private static let printed: [(String, String?, String?, String?)] = [
        (#"{"Version":1,\#(keys)}"#, nil, nil, nil),
        (
            #"{"Version": 1, \#(keys), "SessionToken": "tok/en", "Expiration": "2030-01-02T03:04:05Z"}"#, "tok/en",
            "2030-01-02T03:04:05Z", nil
        ),
        (#" {"Extra":{"a":[1]},"Version":1,\#(keys),"AccountId":"123456789012"} "#, nil, nil, "123456789012"),
        (
            #"{"Version":1,\#(keys),"Expiration":"2030-01-02T05:04:05+02:00","SessionToken":""}"#, nil,
            "2030-01-02T03:04:05Z", nil
        ),
    ]

    @Test(arguments: printed)
    func `what a program prints becomes a credential`(
        output: String, token: String?, end: String?, account: String?
    ) async throws {
        let fetched = try await Self.printing(output).fetch()
        #expect(fetched.credential.accessKeyID == "AK" && fetched.credential.secretText == "s3cr3t/CANARY")
        #expect(fetched.credential.tokenText == token && fetched.credential.expiration?.rfc3339 == end)
        #expect(fetched.accountID == account && fetched.source == "process")
    }

    @Test func `the profile's account counts where the program names none`() async throws {
        let silent = try Self.printing(#"{"Version":1,\#(Self.keys)}"#)
        #expect(try await silent.fetch(accountID: "1").accountID == "1")
        let telling = try Self.printing(#"{"Version":1,\#(Self.keys),"AccountId":"2"}"#)
        #expect(try await telling.fetch(accountID: "1").accountID == "2")
    }

    private static let useless: [(String, String)] = [
        (#"{"Version":"1",\#(keys)}"#, "Version is not the number 1"), (#"{"Version":2,\#(keys)}"#, "Version"),
        (#"{\#(keys)}"#, "Version"), (#"{"Version":1.0,\#(keys)}"#, "Version"),
        (#"{"Version":null,\#(keys)}"#, "Version"),
        (#"{"Version":1,"SecretAccessKey":"CANARY"}"#, "there is no AccessKeyId"),
        (#"{"Version":1,"AccessKeyId":"AK"}"#, "there is no SecretAccessKey"),
        (#"{"Version":1,"AccessKeyId":"AK","SecretAccessKey":17}"#, "there is no SecretAccessKey"),
        (#"{"Version":1,"AccessKeyId":"AK","SecretAccessKey":""}"#, "there is no SecretAccessKey"),
        (#"{"Version":1,"AccessKeyId":"AK","SecretAccessKey":"CAN ARY"}"#, "SecretAccessKey holds a character"),
        (#"{"Version":1,"AccessKeyId":"A K","SecretAccessKey":"CANARY"}"#, "AccessKeyId holds a character"),
        (#"{"Version":1,\#(keys),"SessionToken":"CANARY\n"}"#, "SessionToken holds a character"),
        (#"{"Version":1,\#(keys),"Expiration":"CANARY"}"#, "Expiration is not an ISO 8601 time"),
        (#"{"Version":1,\#(keys),"Expiration":1893553445}"#, "Expiration is not an ISO 8601 time"),
        ("CANARY", "no JSON object"), ("", "no JSON object"), (#"["CANARY"]"#, "no JSON object"),
        (#"{"Version":1,\#(keys)} CANARY"#, "no JSON object"), (#"{"Version":1,\#(keys)"#, "no JSON object"),
    ]

    @Test(arguments: useless)
    func `what is no credential is said to be none, and not repeated`(output: String, why: String) async throws {
        let failure = try await Self.printing(output).failure()
        expect(failure, .unusable, from: "process", why: why, remedy: "{\"Version\": 1")
    }

    @Test(arguments: [
        ("echo CANARY; echo CANARY >&2; exit 3", "exited with status 3 (it said 7 bytes on standard error"),
        ("exit 1", "exited with status 1"), ("kill -9 $$", "was ended by signal 9"), ("kill $$", "ended by signal 15"),
        ("head -c 65537 /dev/zero", "printed more than 65536 bytes"),
        ("head -c 65537 /dev/zero >&2", "printed more than 65536 bytes"), ("yes CANARY", "printed more than 65536"),
    ])
    func `a program that fails is told by how it ended, never by what it said`(text: String, why: String) async throws {
        let failure = try await Script(text).failure()
        expect(failure, .unreachable, from: "process", why: why)
    }

    @Test func `what is no program is told by its name`() async throws {
        let files = try TemporaryFiles()
        try files.write("x", to: "plain")
        for command in ["\(files.home)/missing", "no-such-program-anywhere --x", "\(files.home)/plain", files.home] {
            let failure = await ProcessSource(command: command, context: .offline([:])).failure()
            let program = command.split(separator: " ")[0]
            expect(failure, .unreachable, from: "process", why: "could not be run", remedy: String(program))
        }
        for command in ["", "get 'a", "a\u{0}b"] {
            let failure = await ProcessSource(command: command, context: .offline([:])).failure()
            expect(failure, .unusable, from: "process", why: "credential_process is empty, has an open quote")
        }
    }

    @Test func `a profile with a process is named when it fails`() async throws {
        let files = try TemporaryFiles(config: "[profile p]\ncredential_process = sh -c 'echo CANARY >&2; exit 9'\n")
        expect(await files.source("p").failure(), .unreachable, from: "process", profile: "p", why: "status 9")
    }

    @Test(arguments: [
        // Both go on.
        "trap '' TERM; (trap '' TERM; while :; do sleep 1; done) & echo $$ $! > \"$HOME/pids\"; while :; do sleep 1; done",
        // The first ends when it is told to, and leaves one behind that does not.
        "(trap '' TERM; while :; do sleep 1; done) & echo $$ $! > \"$HOME/pids\"; wait",
        "echo $$ > \"$HOME/pids\"; exec sleep 300",
    ])
    func `one that hangs is ended in time, with all that it has started`(text: String) async throws {
        let script = try Script(text)
        let failure = await script.failure(timeLimit: .seconds(2))
        expect(failure, .unreachable, from: "process", why: "did not end within 2.0 seconds")
        for pid in try script.read("pids").split(whereSeparator: \.isWhitespace) { #expect(await Self.hasEnded(pid)) }
    }

    @Test func `what a program leaves behind holds nobody up, and is ended`() async throws {
        let script = try Script(
            """
            (trap '' TERM HUP; while :; do sleep 1; done) &
            echo $! > "$HOME/pids"
            echo '{"Version":1,\(Self.keys)}'
            """)
        #expect(try await script.fetch().credential.accessKeyID == "AK")
        let pid = try script.read("pids").split(whereSeparator: \.isWhitespace)[0]
        #expect(await Self.hasEnded(pid))
    }

    /// Whether the process is gone, or only waits for its parent to be told. It is given a while: a signal takes one.
    private static func hasEnded(_ pid: Substring) async -> Bool {
        let end = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < end {
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let state = stat.split(separator: ")").last?.split(separator: " ").first, state != "Z", state != "X"
            else { return true }
            await Task.yield()
        }
        return false
    }

    @Test func `it gets a small environment, without a key`() async throws {
        let secrets = [
            "AWS_ACCESS_KEY_ID": "CANARY", "AWS_SECRET_ACCESS_KEY": "CANARY", "AWS_SESSION_TOKEN": "CANARY",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": "CANARY", "AWS_WEB_IDENTITY_TOKEN_FILE": "/CANARY",
            "CREDENTIALS_DIRECTORY": "/CANARY", "LD_PRELOAD": "CANARY", "OTHER": "CANARY",
        ]
        let kept = ["AWS_PROFILE": "p", "AWS_REGION": "eu-west-1", "LANG": "C", "https_proxy": "http://proxy:1"]
        let script = try Script("env > \"$HOME/env\"", environment: secrets.merging(kept) { $1 })
        _ = await script.failure()
        let text = try script.read("env")
        let names = Set(text.split(separator: "\n").map { String($0.prefix { $0 != "=" }) })
        // PWD, OLDPWD, SHLVL and _ are the shell's own.
        let own = names.subtracting(["PWD", "OLDPWD", "SHLVL", "_"])
        #expect(own == ["HOME", "PATH", "AWS_PROFILE", "AWS_REGION", "LANG", "https_proxy"])
        #expect(!text.contains("CANARY") && text.contains("PATH=/usr/local/bin:/usr/bin:/bin\n"))
    }

    @Test func `it has a session and a group of its own, no terminal, no input, and no other descriptor`() async throws
    {
        let stray = unsafe open("/dev/null", O_RDONLY)
        defer { close(stray) }
        let files = try TemporaryFiles()
        let script =
            "cat > \"$HOME/input\"; cat /proc/$$/stat > \"$HOME/stat\"; set -- /proc/$$/fd/*; echo $* > \"$HOME/descriptors\"; exit 1"
        _ = await ProcessSource(
            command: "/bin/sh -c '\(script)'", context: .offline(files.environment), timeLimit: .seconds(30)
        ).failure()
        func read(_ name: String) throws -> [Substring] {
            try String(contentsOfFile: "\(files.home)/\(name)", encoding: .utf8).split(whereSeparator: \.isWhitespace)
        }
        let stat = try read("stat")
        // pid (name) state parent group session terminal: proc_pid_stat(5).
        #expect(stat[4] == stat[0] && stat[5] == stat[0] && stat[6] == "0")
        #expect(try read("input").isEmpty)
        // The fourth is the shell's own, by which it reads the list.
        #expect(try read("descriptors").map { $0.split(separator: "/").last } == ["0", "1", "2", "3"])
    }

    @Test func `many at once do not get in each other's way`() async throws {
        let scripts = try (0..<24).map { number in
            try Script(#"echo '{"Version":1,"AccessKeyId":"AK\#(number)","SecretAccessKey":"s\#(number)"}'"#)
        }
        let right = try await withThrowingTaskGroup(of: Bool.self) { group in
            for (number, script) in scripts.enumerated() {
                group.addTask {
                    let credential = try await script.fetch().credential
                    return credential.accessKeyID == "AK\(number)" && credential.secretText == "s\(number)"
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(right == 24 && ProcessSource.hasStarted)
    }

    @Test func `a command with shell in it runs in one`() async throws {
        let files = try TemporaryFiles()
        let source = ProcessSource(
            command: #"printf '{"Version":1,"AccessKeyId":"%s","SecretAccessKey":"s"}' "$(echo AK | tr A B)""#,
            context: .offline(files.environment))
        #expect(try await source.credential().accessKeyID == "BK")
    }
}
