import BrokerServer
import Testing

@Suite struct SocketPathTests {
    @Test(arguments: ["/run/macie-broker/broker.sock", "/a", "/\(String(repeating: "a", count: 106))", "/a b/é"])
    func `an absolute path of up to 107 bytes is one`(path: String) throws {
        #expect(try SocketPath(path).path == path)
        #expect("\(try SocketPath(path))" == path)
    }

    @Test(arguments: ["", "broker.sock", "./a", "/", "/a/", "/a\0b"])
    func `what is not absolute, or names no file, is none`(path: String) {
        #expect(throws: SocketFailure.notAbsolute(path)) { _ = try SocketPath(path) }
    }

    @Test(arguments: ["/\(String(repeating: "a", count: 107))", "/\(String(repeating: "é", count: 54))"])
    func `what sun_path cannot hold is none, counted in bytes`(path: String) {
        #expect(throws: SocketFailure.tooLong(path)) { _ = try SocketPath(path) }
    }

    @Test func `every failure says what is wrong with which path`() {
        let failures: [SocketFailure] = [
            .notAbsolute("/p"), .tooLong("/p"), .held(path: "/p", pid: 42), .held(path: "/p", pid: nil),
            .notASocket("/p"),
            .foreignSocket(path: "/p", owner: 7), .folderNotOurs(folder: "/p", owner: 7),
            .folderWritableByOthers(folder: "/p", mode: 0o777), .notAFolder("/p"),
            .system(action: "bind", path: "/p", reason: "no"),
        ]
        for failure in failures { #expect(failure.description.contains("/p"), "\(failure)") }
        #expect("\(SocketFailure.held(path: "/p", pid: 42))".contains("process 42"))
    }
}
