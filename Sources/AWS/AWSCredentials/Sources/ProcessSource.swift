import AWSRuntime
import Glibc
import Secrets
import Subprocess
import Synchronization
import SystemPackage

/// A program that prints credentials: `credential_process`
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html>).
///
/// It runs in a session and process group of its own, with a small environment, no input, 60 seconds and 64 KiB; when it is
/// over, so is its whole group. What it says on standard error may be anything, a key too: of it only the length is told.
package struct ProcessSource: CredentialSource {
    package let name = "process"
    private let command: String
    private let accountID: String?
    private let context: SourceContext
    private let timeLimit: Duration

    private static let started = Atomic(false)

    /// Whether this process has started any such program.
    package static var hasStarted: Bool { started.load(ordering: .relaxed) }

    /// How long the program may take.
    package static let patience = Duration.seconds(60)
    /// Bytes of output that are read; credentials have about two thousand.
    static let longestOutput = 64 * 1024

    /// `accountID` is the account, where the program does not say it.
    package init(
        command: String, accountID: String? = nil, context: SourceContext,
        timeLimit: Duration = ProcessSource.patience
    ) {
        self.command = command
        self.accountID = accountID
        self.context = context
        self.timeLimit = timeLimit
    }

    package func fetch(for user: SessionUser?) async throws -> FetchedCredential {
        guard let parsed = ProcessCommand(command) else {
            throw failure("credential_process is empty, has an open quote or holds a NUL character", "correct it")
        }
        Self.started.store(true, ordering: .relaxed)
        let run = try await output(of: parsed)
        guard run.status == .exited(0) else {
            throw failure(
                kind: .unreachable, "the process \(Self.words(run.status))\(Self.words(standardError: run.errorBytes))",
                "run it by hand, as the broker's user: \(parsed.program) …")
        }
        var output = run.output
        let leaves: SealedLeaves
        do {
            leaves = try SealedLeaves(takingJSON: &output)
        } catch {
            throw failure("the process printed no JSON object: \(error)", Self.formRemedy)
        }
        guard leaves.integer("Version") == 1 else { throw failure("Version is not the number 1", Self.formRemedy) }
        guard !leaves.contains("Expiration") || leaves.instant("Expiration") != nil else {
            throw failure("Expiration is not an ISO 8601 time", Self.formRemedy)
        }
        do throws(MalformedResponse) {
            let credential = try IssuedKeys(
                leaves, accessKeyID: "AccessKeyId", secretAccessKey: "SecretAccessKey", sessionToken: "SessionToken"
            ).credential(untilPerhaps: leaves.instant("Expiration"), account: leaves.text("AccountId") ?? accountID)
            return FetchedCredential(credential, from: name)
        } catch {
            throw failure(error.reason, Self.formRemedy)
        }
    }

    private struct Run {
        let status: TerminationStatus
        let output: [UInt8]
        let errorBytes: Int
    }

    private func output(of command: ProcessCommand) async throws -> Run {
        let executable: Executable =
            command.program.contains("/") ? .path(FilePath(command.program)) : .name(command.program)
        let environment = Environment.custom(minimalEnvironment)
        let leader = ProcessGroupLeader()
        defer { leader.endGroup() }
        do {
            return try await withThrowingTaskGroup(of: Run?.self) { [timeLimit, options = Self.options] group in
                group.addTask {
                    let result = try await Subprocess.run(
                        executable, arguments: Arguments(command.arguments), environment: environment,
                        platformOptions: options, input: .none, output: .bytes(limit: Self.longestOutput),
                        error: .bytes(limit: Self.longestOutput)
                    ) { leader.started($0.processIdentifier.value) }
                    return Run(
                        status: result.terminationStatus, output: result.standardOutput,
                        errorBytes: result.standardError.count)
                }
                group.addTask {
                    try await Task.sleep(for: timeLimit)
                    return nil
                }
                defer { group.cancelAll() }
                guard let run = try await group.next() ?? nil else {
                    throw failure(
                        kind: .unreachable, "the process did not end within \(timeLimit)",
                        "run it by hand, as the broker's user; it must not ask anybody anything")
                }
                return run
            }
        } catch let failure as CredentialFailure {
            throw failure
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            throw failure(
                kind: .unreachable, "the process printed more than \(Self.longestOutput) bytes", Self.formRemedy)
        } catch {
            try Task.checkCancellation()
            throw failure(
                kind: .unreachable, "the process could not be run",
                "check that \(command.program) is there and that the broker's user may run it")
        }
    }

    /// A session of its own: no terminal to ask a person at, and a group that can be ended as a whole.
    private static var options: PlatformOptions {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(2)),
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .milliseconds(100)),
        ]
        return options
    }

    /// What a program needs to find itself and others, and where AWS's settings are; no key.
    private var minimalEnvironment: [Environment.Key: String] {
        let kept = [
            "HOME", "PATH", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME",
            "XDG_RUNTIME_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy",
            "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION",
            "AWS_CA_BUNDLE",
        ]
        var environment: [Environment.Key: String] = ["PATH": "/usr/local/bin:/usr/bin:/bin"]
        for name in kept {
            guard let value = context.environment.variables[name] else { continue }
            environment[Environment.Key(stringLiteral: name)] = value
        }
        return environment
    }

    private static let formRemedy =
        #"let it print {"Version": 1, "AccessKeyId": "…", "SecretAccessKey": "…"}, with SessionToken and Expiration where there are"#

    private static func words(_ status: TerminationStatus) -> String {
        switch status {
        case .exited(let code): "exited with status \(code)"
        case .signaled(let signal): "was ended by signal \(signal)"
        }
    }

    private static func words(standardError count: Int) -> String {
        count == 0 ? "" : " (it said \(count) bytes on standard error, which are not repeated: they may hold a key)"
    }

    private func failure(
        kind: CredentialFailure.Kind = .unusable, _ why: String, _ remedy: String
    ) -> CredentialFailure {
        CredentialFailure(kind: kind, source: name, why: why, remedy: remedy)
    }
}

/// The first process of a group, by which the group is ended: also those of its processes that outlive it.
private final class ProcessGroupLeader: Sendable {
    private let pid = Mutex<pid_t?>(nil)

    func started(_ pid: pid_t) { self.pid.withLock { $0 = pid } }

    /// Once the leader has ended and was waited for. Its number stays the group's as long as the group has processes; a
    /// process of that number is a new one, whose group is no business of ours.
    func endGroup() {
        guard let pid = pid.withLock({ $0 }), kill(pid, 0) != 0, errno == ESRCH else { return }
        kill(-pid, SIGKILL)
    }
}
