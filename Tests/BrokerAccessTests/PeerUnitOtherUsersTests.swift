import BrokerAccess
import Foundation
import TestSupport
import Testing

/// The unit of real processes, in control groups made for the test. Needs to be root, and a hierarchy to make them in.
@Suite struct PeerUnitOtherUsersTests {
    @Test(
        arguments: [
            ("T.slice/T-a.slice/deploy.service", "deploy.service"), ("T.slice/deploy.service/worker", "deploy.service"),
            ("T.slice/user@1000.service/app.slice/deploy.service", "user@1000.service"), ("T.slice/T-a.slice", nil),
            ("T.slice/deploy", nil),
        ] as [(String, String?)])
    func `the unit is the system's, whatever there is below it`(path: String, unit: String?) throws {
        let folder = try Folder()
        let client = try RealClient(in: folder)
        let group = try RealControlGroup(path.replacing("T", with: "broker\(getpid())x\(client.pid)"))
        try group.take(client.pid)
        let sight = PeerProcess(connection: client.connection, pid: client.pid).look()
        guard case .alive(let facts) = sight else {
            Issue.record("\(sight)")
            return
        }
        #expect(facts.unit == unit)
        #expect(facts.unitDoubt == nil)
        let grant = rule(units: ["deploy.service"])
        #expect(decide([grant], from: sight).hasPrefix("allow") == (unit == "deploy.service"))
        try client.end()
    }
}
