import Foundation
import Secrets
import Testing

/// Each in a process of its own, whose environment the kernel shows.
@Suite struct EnvironmentBlockTests {
    @Test func `a secret that is taken is gone from the environment, for whoever looks`() async {
        await #expect(processExitsWith: .success) { takeSearchPath() }
    }

    @Test func `all entries of a name are taken, and the first counts`() async {
        await #expect(processExitsWith: .success) { takeTwins() }
    }
}

/// The search path stands for a secret: every process is started with one.
private func takeSearchPath() {
    let name = "PATH"
    guard let before = shown(name), !before.isEmpty else { preconditionFailure("a process is started with a PATH") }
    precondition(bytes(of: EnvironmentBlock.takeSecret(name)) == before)
    precondition(bytes(of: EnvironmentBlock.takeSecret(name)) == nil)
    precondition(unsafe getenv(name) == nil)
    guard let block = environment() else { preconditionFailure("the kernel shows the environment") }
    precondition(!block.isEmpty && block.range(of: Data(before)) == nil, "the kernel shows it no more")
}

private func takeTwins() {
    let texts = ["CANARY=first-value", "CANARYNOT=another", "CANARY=second=value", "EMPTY="]
    let entries = unsafe texts.map { unsafe strdup($0) }
    // Only a program that is started by another than a shell has a name twice. SAFETY: the block has room for as many
    // entries as it has, and ends with a null pointer; nobody else reads it in this process.
    var room = 0
    while unsafe environ[room] != nil { room += 1 }
    precondition(room >= texts.count, "a process for a test is started with some variables")
    for index in 0...texts.count { unsafe environ[index] = unsafe index < texts.count ? entries[index] : nil }
    precondition(bytes(of: EnvironmentBlock.takeSecret("CANARY")) == Array("first-value".utf8))
    precondition(bytes(of: EnvironmentBlock.takeSecret("EMPTY")) == [])
    for name in ["NOT-SET", "", "CANARYNOT=another"] {
        precondition(bytes(of: EnvironmentBlock.takeSecret(name)) == nil)
    }
    for index in [0, 2] {
        guard let entry = unsafe entries[index] else { preconditionFailure("strdup") }
        precondition(unsafe String(cString: entry) == "CANARY=")
        for offset in 7..<texts[index].utf8.count { precondition(unsafe entry[offset] == 0) }
    }
    precondition(unsafe String(cString: getenv("CANARYNOT")) == "another")
}

/// What /proc/PID/environ shows behind a name; nil when there is no such entry.
private func shown(_ name: String) -> [UInt8]? {
    let entry = environment()?.split(separator: 0).first { $0.starts(with: Array("\(name)=".utf8)) }
    return entry.map { Array($0.dropFirst(name.utf8.count + 1)) }
}

/// What the kernel shows of this process's environment.
private func environment() -> Data? {
    try? FileHandle(forReadingAtPath: "/proc/self/environ")?.readToEnd()
}
