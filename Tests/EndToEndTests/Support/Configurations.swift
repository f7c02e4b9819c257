/// The configurations that tests start from: one profile, `default`, whose keys are in a file.
extension Simulator {
    /// A grant of everything for everybody.
    static let grantForEverybody = """
        grants:
          - name: everybody
            users: ["*"]
            actions: ["*"]

        """

    /// YAML for a broker of this simulator: with this `grants:` section, further sections of the top level, and
    /// credentials in a file that belongs to `uid` (the broker's user; nil for the tests' own). With another key than the
    /// simulator's, it will be refused.
    func configuration(
        in workplace: Workplace, grants: String = Simulator.grantForEverybody, _ more: String = "", uid: UInt32? = nil,
        accessKeyID: String = Simulator.accessKeyID, secret: String = Simulator.secret
    ) throws -> String {
        let files = try workplace.writeCredentials(accessKeyID: accessKeyID, secret: secret, uid: uid)
        return """
            profiles:
              default:
                region: us-east-1
                endpoint: "\(url)"
                credentials:
                  source: shared-files
                  credentialsFile: \(files.credentials)
                  configFile: \(files.config)
            \(grants)
            \(more)
            """
    }
}

extension Workplace {
    /// A credentials file with one profile, `default`, and an empty config file, each readable by its owner alone.
    func writeCredentials(
        accessKeyID: String = Simulator.accessKeyID, secret: String = Simulator.secret, uid: UInt32? = nil
    ) throws -> (credentials: String, config: String) {
        let keys = "[default]\naws_access_key_id = \(accessKeyID)\naws_secret_access_key = \(secret)\n"
        return (
            try write(uniqueName("credentials"), keys, mode: 0o600, uid: uid),
            try write(uniqueName("config"), "", mode: 0o600, uid: uid)
        )
    }
}
