/// The command-line client, with an environment that holds nothing but what a test puts there.
enum Client {
    /// Runs `macie-broker` to its end, with --socket unless that is left to the environment. It runs as the tests' own
    /// user, or as `uid` without supplementary groups; its group's number is the user's unless it is given.
    static func run(
        _ arguments: [String], socket: String?, uid: UInt32? = nil, gid: UInt32? = nil,
        environment: [String: String] = [:], descriptors: [Int32: Int32] = [:], input: String? = nil
    ) throws -> Outcome {
        try ChildProcess.run(
            Programs.stage().client, arguments + (socket.map { ["--socket", $0] } ?? []), environment: environment,
            user: user(uid, gid), descriptors: descriptors, input: input)
    }

    /// The same, under way.
    static func start(
        _ arguments: [String], socket: String, uid: UInt32? = nil, gid: UInt32? = nil,
        environment: [String: String] = [:]
    ) throws -> RunningProgram {
        try RunningProgram(
            Programs.stage().client, arguments + ["--socket", socket], environment: environment, user: user(uid, gid))
    }

    private static func user(_ uid: UInt32?, _ gid: UInt32?) -> ChildProcess.User? {
        uid.map { ChildProcess.User(uid: $0, gid: gid ?? $0) }
    }
}
