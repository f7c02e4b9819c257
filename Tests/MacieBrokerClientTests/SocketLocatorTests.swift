import MacieBrokerClient
import Testing

@Suite struct SocketLocatorTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let environment: [String: String]
        var exists = false
        let expected: BrokerAddress
    }

    static let inRuntimeDirectory = "/run/user/7/macie-broker/broker.sock"
    static let cases = [
        Case(testDescription: "nothing is set", environment: [:], expected: .path("/run/macie-broker/broker.sock")),
        Case(
            testDescription: "the runtime directory has a socket", environment: ["XDG_RUNTIME_DIR": "/run/user/7"],
            exists: true, expected: .path(inRuntimeDirectory)),
        Case(
            testDescription: "the runtime directory has none", environment: ["XDG_RUNTIME_DIR": "/run/user/7"],
            expected: .path("/run/macie-broker/broker.sock")),
        Case(
            testDescription: "a relative runtime directory is void, says the XDG specification",
            environment: ["XDG_RUNTIME_DIR": "run"], exists: true, expected: .path("/run/macie-broker/broker.sock")),
        Case(
            testDescription: "a path that is named beats the runtime directory",
            environment: ["MACIE_BROKER_SOCKET": "/a", "XDG_RUNTIME_DIR": "/run/user/7"], exists: true,
            expected: .path("/a")),
        Case(
            testDescription: "a descriptor beats a path",
            environment: ["MACIE_BROKER_FD": "7", "MACIE_BROKER_SOCKET": "/a", "XDG_RUNTIME_DIR": "/run/user/7"],
            exists: true, expected: .descriptor(7)),
        Case(
            testDescription: "an empty variable counts as unset",
            environment: ["MACIE_BROKER_FD": "", "MACIE_BROKER_SOCKET": "", "XDG_RUNTIME_DIR": ""], exists: true,
            expected: .path("/run/macie-broker/broker.sock")),
    ]

    @Test(arguments: cases) func `the first that applies wins`(_ one: Case) throws {
        let exists = one.exists
        let locator = SocketLocator(
            variable: { [environment = one.environment] in environment[$0] },
            exists: { exists && $0 == Self.inRuntimeDirectory })
        #expect(try locator.locate() == one.expected)
    }

    static let adminCases: [(environment: [String: String], exists: Bool, expected: String)] = [
        ([:], false, "/run/macie-broker/broker.sock.admin"),
        (["XDG_RUNTIME_DIR": "/run/user/7"], true, inRuntimeDirectory + ".admin"),
        (["XDG_RUNTIME_DIR": "/run/user/7"], false, "/run/macie-broker/broker.sock.admin"),
        (["MACIE_BROKER_SOCKET": "/a", "XDG_RUNTIME_DIR": "/run/user/7"], true, "/a.admin"),
        (["MACIE_BROKER_FD": "7", "MACIE_BROKER_SOCKET": "/a"], false, "/a.admin"),
        (["MACIE_BROKER_FD": "seven"], false, "/run/macie-broker/broker.sock.admin"),
        (["MACIE_BROKER_ADMIN_SOCKET": "/b", "MACIE_BROKER_SOCKET": "/a"], false, "/b"),
        (["MACIE_BROKER_ADMIN_SOCKET": "", "MACIE_BROKER_SOCKET": "/a"], false, "/a.admin"),
    ]

    @Test(arguments: adminCases)
    func `the administrator's socket is named, or beside the public one`(
        environment: [String: String], exists: Bool, expected: String
    ) {
        let locator = SocketLocator(
            variable: { environment[$0] }, exists: { exists && $0 == Self.inRuntimeDirectory })
        #expect(locator.locateAdmin() == expected)
    }

    @Test func `people are told why it is looked for there`() throws {
        func reason(_ environment: [String: String], exists: Bool = true) throws -> String? {
            try SocketLocator(variable: { environment[$0] }, exists: { _ in exists }).place().reason
        }
        #expect(try reason([:]) == "the usual place")
        // The path is that of the usual place, and it is not there for that.
        #expect(try reason(["XDG_RUNTIME_DIR": "/run"]) == "from XDG_RUNTIME_DIR")
        #expect(try reason(["XDG_RUNTIME_DIR": "/run"], exists: false) == "the usual place")
        #expect(try reason(["MACIE_BROKER_SOCKET": "/a"]) == "from MACIE_BROKER_SOCKET")
        #expect(try reason(["MACIE_BROKER_FD": "3"]) == nil)
    }

    @Test(arguments: ["seven", "-1", "+7", "7 ", "0x7", "99999999999"])
    func `a descriptor that is no number is an error, not a reason to look elsewhere`(_ text: String) {
        let locator = SocketLocator(variable: { $0 == "MACIE_BROKER_FD" ? text : nil }, exists: { _ in true })
        #expect(throws: ClientFailure.noBroker(at: "MACIE_BROKER_FD=\(text)", .badDescriptor)) {
            try locator.locate()
        }
    }
}
