import Foundation
import JSONText

/// Everybody who gives credentials, on one loopback port, with a ledger of all that they gave: see Canaries/cloud.py.
final class Cloud {
    let url: String
    private let ledger: String
    private let process: ChildProcess
    private let output: Inlet
    private let commands: FileHandle

    /// A key that somebody gave, or a token alone.
    struct Entry {
        let label: String
        let accessKeyID: String?
        /// By what they are: `secret`, `token`, and the day and service of what is derived.
        let texts: [String: JSONValue]
    }

    /// `life` is how many seconds what it gives lives.
    init(in workplace: Workplace, life: Double) throws {
        let pipe = try ChildProcess.pipe()
        commands = FileHandle(fileDescriptor: pipe.writing, closeOnDealloc: true)
        defer { close(pipe.reading) }
        ledger = try workplace.write(workplace.uniqueName("ledger"), "", mode: 0o600)
        (process, output) = try ChildProcess.startWithOutput(
            Python.forOthers, [Python.script("cloud.py", of: "Canaries"), "--life", "\(life)", ledger],
            environment: Python.environment, input: pipe.reading)
        guard let line = output.line(before: Deadline(seconds: 60)), line.hasPrefix("listening ") else {
            throw HarnessFailure("the cloud did not start")
        }
        url = "http://127.0.0.1:\(line.dropFirst("listening ".count))"
    }

    /// Tells it what to do next, and hears how many requests have come with which User-Agent.
    @discardableResult
    func obey(_ command: String) throws -> [String: Int] {
        try commands.write(contentsOf: Data("\(command)\n".utf8))
        guard let answer = output.line(before: Deadline(seconds: 60)),
            let counts = try JSONValue(parsing: Array(answer.utf8)).object
        else { throw HarnessFailure("the cloud does not \(command)") }
        return Dictionary(uniqueKeysWithValues: counts.members.map { ($0.name, Int($0.value.integer ?? 0)) })
    }

    func agents() throws -> [String: Int] { try obey("agents") }

    /// A secret that comes from elsewhere is to be watched too.
    func know(_ label: String, accessKeyID: String? = nil, secret: String? = nil, token: String? = nil) throws {
        var object = JSONObject([("label", .string(label))])
        object["accessKeyId"] = accessKeyID.map { .string($0) }
        object["secret"] = secret.map { .string($0) }
        object["token"] = token.map { .string($0) }
        try obey("know \(JSONValue.object(object).text)")
    }

    func entries() throws -> [Entry] {
        try Data(contentsOf: URL(fileURLWithPath: ledger)).split(separator: UInt8(ascii: "\n")).map { line in
            let object = try JSONValue(parsing: Array(line))
            var texts: [String: JSONValue] = [:]
            for name in ["secret", "token"] { texts[name] = object[name] }
            for member in object["derived"]?.object?.members ?? [] { texts[member.name] = ["hex": member.value] }
            return Entry(
                label: object["label"]?.string ?? "", accessKeyID: object["accessKeyId"]?.string, texts: texts)
        }
    }
}
