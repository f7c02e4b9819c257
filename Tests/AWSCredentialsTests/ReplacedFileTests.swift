import Foundation
import Glibc
import Secrets
import Testing

@testable import AWSCredentials

@Suite struct ReplacedFileTests {
    @Test(arguments: [0o600, 0o644, 0o666, 0o400])
    func `a file is replaced as a whole, readable by its owner alone`(mode: Int) throws {
        let files = try TemporaryFiles()
        try files.write("old and longer", to: "f/f", mode: mode)
        let path = "\(files.home)/f/f"
        let reader = try #require(FileHandle(forReadingAtPath: path))
        #expect(ReplacedFile.write(Array("new".utf8), to: path) == nil)
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
        // Whoever had it open reads on in the old one.
        #expect(try reader.readToEnd() == Data("old and longer".utf8))
        var status = stat()
        #expect(unsafe stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(files.home)/f") == ["f"])
    }

    @Test(.enabled(if: geteuid() == 0)) func `it stays its owner's, whoever replaces it`() throws {
        let files = try TemporaryFiles()
        try files.write("old", to: "f")
        let path = "\(files.home)/f"
        #expect(unsafe chown(path, 4_242, 4_343) == 0)
        #expect(ReplacedFile.write([1], to: path) == nil)
        var status = stat()
        #expect(unsafe stat(path, &status) == 0 && status.st_uid == 4_242 && status.st_gid == 4_343)
    }

    @Test func `what is not there is not made, and nothing is left behind`() throws {
        let files = try TemporaryFiles()
        #expect(ReplacedFile.write([1], to: "\(files.home)/none") == "No such file or directory")
        #expect(ReplacedFile.write([1], to: "\(files.home)/.aws") == "Is a directory")
        #expect(try FileManager.default.contentsOfDirectory(atPath: files.home) == [".aws"])
    }

    @Test func `many at once leave one of theirs, whole`() async throws {
        let files = try TemporaryFiles()
        try files.write("old", to: "f/f")
        let path = "\(files.home)/f/f"
        let problems = await withTaskGroup(of: String?.self) { group in
            for byte in UInt8(0)..<32 {
                group.addTask { ReplacedFile.write([UInt8](repeating: byte, count: 10_000), to: path) }
            }
            return await group.reduce(into: [String]()) { $0 += $1.map { [$0] } ?? [] }
        }
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(problems.isEmpty && bytes.count == 10_000 && Set(bytes).count == 1)
        #expect(try FileManager.default.contentsOfDirectory(atPath: "\(files.home)/f") == ["f"])
    }
}

@Suite struct RewrittenObjectTests {
    private static func sealed(_ text: String) -> SealedText {
        var bytes = Array(text.utf8)
        return SealedText(takingAndWiping: &bytes)
    }

    private static func rewritten(_ text: String, _ members: [(String, String)] = [("a", "new"), ("b", "N")]) -> String?
    {
        RewrittenObject.bytes(of: sealed(text), with: members.map { (name: $0.0, text: sealed($0.1)) })
            .map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        (#"{"a":"old","b":"o"}"#, #"{"a":"new","b":"N"}"#),
        (
            #" { "x" : [1, {"a":"in"}] , "a" : "old" , "c": 1.50e3, "d": "\u00e9\"" } "#,
            #" { "x" : [1, {"a":"in"}] , "a" : "new" , "c": 1.50e3, "d": "\u00e9\"" , "b": "N"} "#
        ),
        ("{}", #"{"a": "new", "b": "N"}"#), ("{ }\n", "{ \"a\": \"new\", \"b\": \"N\"}\n"),
        (#"{"a":null,"b":{"b":"x"}}"#, #"{"a":"new","b":"N"}"#), (#"{"a":[],"b":12}"#, #"{"a":"new","b":"N"}"#),
        (#"{"a":"1","a":"2","b":""}"#, #"{"a":"new","a":"new","b":"N"}"#),
        (#"{"\u0061":"x"}"#, #"{"\u0061":"new", "b": "N"}"#),
        (#"{"A":"é🔑","ab":true}"#, #"{"A":"é🔑","ab":true, "a": "new", "b": "N"}"#),
    ])
    func `some members have other texts, and the rest stays as it was`(text: String, result: String) {
        #expect(Self.rewritten(text) == result)
    }

    @Test(arguments: [
        "", "[]", "\"a\"", "{", #"{"a":"x""#, #"{"a":"x"}}"#, #"{"a":x}"#, "{,}", #"{"a":"x",}"#, "\u{FEFF}{}",
    ])
    func `what is no object is not rewritten`(text: String) { #expect(Self.rewritten(text) == nil) }

    @Test func `a text is escaped as JSON wants it`() {
        #expect(Self.rewritten("{}", [("a", "\"\\/\n\u{1}\u{1F}é🔑")]) == #"{"a": "\"\\/\u000a\u0001\u001fé🔑"}"#)
    }
}
