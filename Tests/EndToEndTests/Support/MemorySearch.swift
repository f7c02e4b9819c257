import Glibc
import JSONText
import Testing

/// Searches a process's memory for texts, in every form that they may have: see Canaries/scan.py.
struct MemorySearch {
    struct Hit {
        let label: String
        let encoding: String
        let isLocked: Bool
        let text: String
    }

    let hits: [Hit]

    /// The texts are by their labels: strings, or `{"hex": …}`. Who is not root may not look.
    init(of pid: pid_t, for texts: [String: JSONValue], in workplace: Workplace, around: Int = 0) throws {
        let object = JSONValue.object(JSONObject(texts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
        let file = try workplace.write(workplace.uniqueName("secrets") + ".json", object.text, mode: 0o600)
        let told = try ChildProcess.run(
            Python.forOthers,
            [Python.script("scan.py", of: "Canaries"), "--stop", "--around", "\(around)", "\(pid)", file],
            environment: Python.environment, seconds: 120)
        guard told.status == 0, case .array(let found) = told.json["hits"] else { throw HarnessFailure("\(told)") }
        #expect(told.json["unread"] == [], "what could not be read was not searched")
        hits = found.map { hit in
            Hit(
                label: hit["label"]?.string ?? "", encoding: hit["encoding"]?.string ?? "",
                isLocked: hit["locked"] == .bool(true), text: hit.text)
        }
    }
}
