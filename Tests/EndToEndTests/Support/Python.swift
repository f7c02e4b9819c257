import Foundation
import TestSupport
import Testing

/// The Python that the project's tests use, with moto and boto3.
enum Python {
    private static let venv = ReferenceData.packageRoot + "/.venv/bin/python"
    private static let tests = ReferenceData.packageRoot + "/Tests/EndToEndTests"

    /// Its path; nil, after recording an issue, when it has not been made.
    static func require(sourceLocation: SourceLocation = #_sourceLocation) -> String? {
        if FileManager.default.isExecutableFile(atPath: venv) { return venv }
        Issue.record("no .venv with moto and boto3: `make test` makes it", sourceLocation: sourceLocation)
        return nil
    }

    /// Environment for the fixtures: nothing of the host's, and no files written beside them.
    static let environment = [
        "PATH": "/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1", "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
    ]

    static func fixture(_ name: String) -> String { "\(tests)/Moto/\(name)" }

    /// A script in a folder of the end-to-end tests.
    static func script(_ name: String, of folder: String) -> String { "\(tests)/\(folder)/\(name)" }

    /// The host's own Python, which every user may run.
    static let forOthers = "/usr/bin/python3"

    /// Copies a script of a folder of the end-to-end tests to where every user may read it.
    static func stage(_ name: String, from folder: String, in workplace: Workplace) throws -> String {
        try workplace.write(name, String(contentsOfFile: "\(tests)/\(folder)/\(name)", encoding: .utf8))
    }
}
