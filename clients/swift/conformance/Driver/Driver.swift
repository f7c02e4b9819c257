internal import Glibc
internal import JSONText
internal import MacieBrokerClient

/// fork(2), which the module of the C library hides from Swift. This program's child only asks, writes and ends.
@_silgen_name("fork") private func forkProcess() -> pid_t

/// Makes calls with one client.
struct Driver: Sendable {
    private let client: BrokerClient
    private let asyncClient: AsyncBrokerClient
    private let isAsync: Bool

    init(_ client: BrokerClient, isAsync: Bool) {
        self.client = client
        asyncClient = AsyncBrokerClient(client)
        self.isAsync = isAsync
    }

    func outcome(of call: JSONValue) async -> JSONValue {
        switch call["call"]?.string {
        case "session": return isAsync ? await asyncSession(call) : session(call)
        case "concurrent": return ["all": .array(await concurrent(call))]
        case "fork": return isAsync ? ["unsupported": "fork"] : ["forked": forked()]
        case "pause":
            usleep(UInt32((call["seconds"]?.double ?? 0) * 1e6))
            return ["paused": true]
        default: return ["unsupported": call["call"] ?? .null]
        }
    }

    private func session(_ call: JSONValue) -> JSONValue {
        do throws(ClientFailure) {
            return Outcome.of(
                try client.session(
                    profile: call["profile"]?.string, region: call["region"]?.string,
                    maxAgeSeconds: call["maxAgeSeconds"]?.integer.map { Int($0) },
                    timeoutSeconds: call["timeoutSeconds"]?.double))
        } catch { return Outcome.of(error) }
    }

    private func asyncSession(_ call: JSONValue) async -> JSONValue {
        do {
            return Outcome.of(
                try await asyncClient.session(
                    profile: call["profile"]?.string, region: call["region"]?.string,
                    maxAgeSeconds: call["maxAgeSeconds"]?.integer.map { Int($0) },
                    timeoutSeconds: call["timeoutSeconds"]?.double))
        } catch let failure as ClientFailure {
            return Outcome.of(failure)
        } catch { return ["unexpected": .string("\(error)")] }
    }

    /// All at the same time: as tasks, or as threads of their own.
    private func concurrent(_ call: JSONValue) async -> [JSONValue] {
        let of = call["of"] ?? .null
        let calls = of.array ?? Array(repeating: of, count: Int(call["count"]?.integer ?? 1))
        return await withTaskGroup(of: (Int, JSONValue).self) { group in
            for (index, call) in calls.enumerated() {
                group.addTask { (index, isAsync ? await asyncSession(call) : session(call)) }
            }
            var outcomes = [JSONValue](repeating: .null, count: calls.count)
            for await (index, outcome) in group { outcomes[index] = outcome }
            return outcomes
        }
    }

    private func forked() -> JSONValue {
        var ends: [Int32] = [-1, -1]
        // SAFETY: pipe(2) writes two descriptors.
        guard unsafe pipe(&ends) == 0 else { return ["unexpected": "pipe"] }
        let child = forkProcess()
        if child == 0 {
            let text = Array(session(["call": "session"]).text.utf8)
            // SAFETY: write(2) reads the bytes of the array; an outcome is shorter than a pipe's room.
            unsafe write(ends[1], text, text.count)
            _exit(0)
        }
        close(ends[1])
        defer { close(ends[0]) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        // SAFETY: read(2) writes at most as many bytes as the array has; the child writes once.
        let count = unsafe read(ends[0], &bytes, bytes.count)
        waitpid(child, nil, 0)
        return (try? JSONValue(parsing: Array(bytes.prefix(max(count, 0))))) ?? ["unexpected": "no outcome"]
    }
}
