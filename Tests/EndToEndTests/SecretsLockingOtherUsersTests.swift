import Foundation
import Testing

/// A host that gives the broker's user no locked memory: mlock(2).
@Suite struct SecretsLockingOtherUsersTests {
    private static let owner: UInt32 = 12_347
    private static let withoutLocks = ["/usr/bin/prlimit", "--memlock=0"]

    private func configuration(_ workplace: Workplace, _ more: String = "") throws -> (Simulator, String) {
        let simulator = try Simulator(in: workplace)
        return (simulator, try simulator.configuration(in: workplace, more, uid: Self.owner))
    }

    @Test func `a broker that may not lock memory says so with the remedy, and serves`() throws {
        let workplace = try Workplace()
        let (simulator, configuration) = try configuration(workplace)
        let broker = try BrokerProcess.start(
            configuration: configuration, in: workplace, uid: Self.owner, entering: Self.withoutLocks)
        let isTold = Waiting.until(seconds: 20) {
            broker.standardError().contains("memory for secrets could not be locked")
        }
        #expect(isTold && broker.standardError().contains("LimitMEMLOCK="), "\(broker.standardError())")
        let answer = try broker.ask(["session"], uid: 0)
        #expect(answer.status == 0, "\(answer)")
        #expect(try simulator.calls().calls == 1)
    }

    @Test func `where that is configured it does not start`() throws {
        let workplace = try Workplace()
        let (_, configuration) = try configuration(workplace, "requireLockedMemory: true")
        let ended = try BrokerProcess.run(
            configuration: configuration, in: workplace, uid: Self.owner, entering: Self.withoutLocks)
        #expect(ended.status == 78 && ended.err.contains("requireLockedMemory: memory for secrets"), "\(ended)")
        let broker = try BrokerProcess.start(configuration: configuration, in: workplace)
        #expect(broker.isRunning)
    }
}
