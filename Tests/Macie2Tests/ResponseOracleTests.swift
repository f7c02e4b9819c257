import AWSRuntime
import Foundation
import JSONText
import Macie2
import TestSupport
import Testing
import Timestamps

@Suite struct ResponseOracleTests {
    /// The cases of the reference file in which we differ from botocore on purpose.
    static let knownDifferences: [String: DeliberateDifference] = [
        "null-body": .notAnObject, "string-body": .notAnObject, "truncated-json": .notAnObject, "bom": .notAnObject,
        "nan": .notAnObject,
        "wrong-type-status-int": .wrongType, "wrong-type-role-object": .wrongType,
        "ts-2020-13-01T00:00:00Z": .noTimestamp, "ts-2020-12-02T25:00:00Z": .noTimestamp,
        "ts-2020-337": .noTimestamp, "ts-   ": .noTimestamp, "ts-Z": .noTimestamp,
        "ts-+2020-12-02T22:39:41Z": .noTimestamp, "ts-json-1606948781930": .noTimestamp,
        "ts-json-1e+20": .noTimestamp, "ts-json-[]": .noTimestamp,
        "ef-16": .errorNotAnObject, "ef-18": .errorNotAnObject, "ef-20": .errorNotAnObject,
        "status-300": .noCode, "ef-22": .noCode, "ef-24": .noCode,
        "ef-26": .blanksAroundCode,
        "ef-02": .headersOfServerError,
        "ef-10": .messageNotAString,
    ]

    @Test func `every response means what botocore says, but for the differences listed here`() throws {
        guard ReferenceData.require() != nil else { return }
        let differences = try check(ReferenceData.bytes("macie2-response-oracle.jsonl"), label: "response cases")
        #expect(differences == Self.knownDifferences)
    }

    @Test func `so does every response of the file that MACIE_RESPONSE_CASES names`() throws {
        guard let path = ProcessInfo.processInfo.environment["MACIE_RESPONSE_CASES"], !path.isEmpty else { return }
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        let differences = try check(bytes, label: "further response cases")
        for (id, difference) in differences.sorted(by: { $0.key < $1.key }) {
            print("deliberately not botocore's: \(id) (\(difference))")
        }
    }

    /// - Returns: the cases in which we differ on purpose.
    private func check(_ bytes: [UInt8], label: String) throws -> [String: DeliberateDifference] {
        let lines = try OracleCase.lines(bytes)
        var differences: [String: DeliberateDifference] = [:]
        var right = 0
        for (number, line) in lines.enumerated() {
            guard let oracle = line else {
                Issue.record("line \(number + 1) is not a response case")
                continue
            }
            let verdict = Verdict(oracle)
            if let difference = verdict.difference { differences[oracle.id] = difference }
            if let problem = verdict.problem {
                Issue.record("\(oracle.id): \(problem); botocore: \(oracle.expected.text.prefix(300))")
            } else {
                right += 1
            }
        }
        print("\(label) \(right)/\(lines.count)")
        #expect(right == lines.count)
        return differences
    }
}
