import AWSCredentials
import AWSRuntime
import BrokerAccess
import BrokerServer
import BrokerWire
import JSONText
import Testing

@testable import macie_brokerd

/// What a configuration says, and what holds where it says nothing.
@Suite struct ConfigurationTests {
    private func read(_ yaml: String) throws -> Configuration { try Configuration(yaml: yaml, file: "broker.yaml") }

    @Test(arguments: ["", "\n", "# nothing\n", "---\n", "{}", "~"])
    func `an empty file means the defaults, and that nobody may ask`(yaml: String) throws {
        let configuration = try read(yaml)
        #expect(configuration.socket == nil)
        #expect(configuration.socketMode == nil)
        #expect(configuration.cacheSeconds == 30)
        #expect(configuration.cacheEntries == 256)
        #expect(configuration.shutdownSeconds == 10)
        #expect(configuration.logLevel == .info)
        #expect(configuration.audit.file == nil)
        #expect(configuration.audit.rotateBytes == 67_108_864)
        #expect(configuration.audit.refusesWhenUnavailable)
        #expect(configuration.audit.recordsProcesses)
        #expect(configuration.admin.isEnabled)
        #expect(configuration.admin.socket == nil)
        #expect(configuration.admin.mode == 0o600)
        #expect(configuration.admin.group == nil)
        #expect(configuration.mode == .enforce)
        #expect(configuration.denies.isEmpty)
        #expect(!configuration.allowInsecureEndpoint)
        #expect(configuration.http.connectSeconds == 3)
        #expect(configuration.http.attemptSeconds == 10)
        #expect(configuration.http.requestSeconds == 20)
        #expect(configuration.http.maximumAttempts == 3)
        #expect(configuration.http.caBundle == nil)
        #expect(configuration.limits == Limits())
        #expect(configuration.profiles.map(\.name.name) == ["default"])
        #expect(configuration.profiles.first?.credentials.source == .defaultChain)
        #expect(configuration.grants?.isEmpty == true)
    }

    @Test func `without a file the grants are left to whoever makes the plan`() {
        #expect(Configuration().grants == nil)
        #expect(Configuration().profiles.map(\.name) == [.fallback])
    }

    @Test func `every key is taken`() throws {
        let configuration = try read(
            """
            socket: /run/b/broker.sock
            socketMode: 0660
            socketGroup: root
            cacheSeconds: 0.5
            cacheEntries: 7
            shutdownSeconds: 3
            logLevel: debug
            audit: {file: /var/log/decisions, rotateBytes: 65536, whenUnavailable: allow, processes: false}
            admin: {enabled: false, socket: /run/b/admin.sock, mode: 0660, group: root}
            allowInsecureEndpoint: true
            http: {connectSeconds: 1, attemptSeconds: 2, requestSeconds: 2.5, maximumAttempts: 1, caBundle: /etc/ca.pem}
            limits:
              requestLineBytes: 2048
              requestsInFlightPerConnection: 2
              connections: 3
              connectionsPerUid: 4
              idleSeconds: 5
              lineSeconds: 6.5
              replyBytesPending: 8192
              slowReaderSeconds: 8
              requestSeconds: 9
            profiles:
              audit:
                region: us-east-1
                regions: [eu-west-1, us-gov-west-1]
                endpoint: http://127.0.0.1:1
                useFIPS: false
                useDualStack: true
                allowInsecureEndpoint: false
                credentials: {source: shared-files, profile: p, configFile: /c, credentialsFile: /d}
              prod: {}
            mode: observe
            grants: []
            denies: []
            """)
        #expect(configuration.socket?.path == "/run/b/broker.sock")
        #expect(configuration.socketMode == 0o660)
        #expect(configuration.socketGroup == 0)
        #expect(configuration.cacheSeconds == 0.5)
        #expect(configuration.cacheEntries == 7)
        #expect(configuration.shutdownSeconds == 3)
        #expect(configuration.logLevel == .debug)
        #expect(configuration.audit.file == "/var/log/decisions")
        #expect(configuration.audit.rotateBytes == 65_536)
        #expect(!configuration.audit.refusesWhenUnavailable)
        #expect(!configuration.audit.recordsProcesses)
        #expect(!configuration.admin.isEnabled)
        #expect(configuration.admin.socket?.path == "/run/b/admin.sock")
        #expect(configuration.admin.mode == 0o660)
        #expect(configuration.admin.group == 0)
        #expect(configuration.allowInsecureEndpoint)
        #expect(configuration.http.connectSeconds == 1)
        #expect(configuration.http.attemptSeconds == 2)
        #expect(configuration.http.requestSeconds == 2.5)
        #expect(configuration.http.maximumAttempts == 1)
        #expect(configuration.http.caBundle == "/etc/ca.pem")
        var limits = Limits()
        limits.requestLineBytes = 2_048
        limits.requestsInFlightPerConnection = 2
        limits.connections = 3
        limits.connectionsPerUid = 4
        limits.idleSeconds = 5
        limits.lineSeconds = 6.5
        limits.replyBytesPending = 8_192
        limits.slowReaderSeconds = 8
        limits.requestSeconds = 9
        #expect(configuration.limits == limits)
        #expect(configuration.profiles.map(\.name.name) == ["audit", "prod"])
        let audit = try #require(configuration.profiles.first)
        #expect(audit.region?.name == "us-east-1")
        #expect(audit.regions.map(\.name) == ["eu-west-1", "us-gov-west-1"])
        #expect(audit.endpoint == "http://127.0.0.1:1")
        #expect(audit.useFIPS == false)
        #expect(audit.useDualStack == true)
        #expect(audit.allowInsecureEndpoint == false)
        #expect(audit.credentials.source == .sharedFiles)
        #expect(audit.credentials.profile == "p")
        #expect(audit.credentials.configFile == "/c")
        #expect(audit.credentials.credentialsFile == "/d")
        #expect(configuration.mode == .observe)
    }

    /// The keys of `limits` are those of rpc.discover, so that what is read there can be set here.
    @Test func `every limit that is published can be set`() throws {
        for entry in Limits().catalogue {
            // Within the bounds of each, and no default.
            let value =
                switch entry.unit {
                case "seconds": 17
                case "bytes": entry.name.hasPrefix("bytes") ? 2_097_152 : 4_096
                default: 4_095
                }
            let limits = try read("limits: {\(entry.name): \(value)}").limits
            let set = limits.catalogue.first { $0.name == entry.name }
            #expect(set?.value.double == Double(value), "\(entry.name)")
            for (other, usual) in zip(limits.catalogue, Limits().catalogue) where other.name != entry.name {
                #expect(other.value == usual.value, "\(other.name) with \(entry.name)")
            }
        }
    }

    @Test func `a profile that is given nothing has the default chain`() throws {
        let profile = try #require(try read("profiles: {default: {}}").profiles.first)
        #expect(profile.region == nil)
        #expect(profile.regions.isEmpty)
        #expect(profile.endpoint == nil)
        #expect(profile.useFIPS == nil)
        #expect(profile.useDualStack == nil)
        #expect(profile.allowInsecureEndpoint == nil)
        #expect(profile.credentials.source == .defaultChain)
    }

    @Test(arguments: Configuration.Credentials.Source.allCases)
    func `a source of credentials goes by its name`(source: Configuration.Credentials.Source) throws {
        let command = source == .process ? ", command: x" : ""
        let profiles = try read("profiles: {p: {credentials: {source: \(source.rawValue)\(command)}}}").profiles
        #expect(profiles.first?.credentials.source == source)
    }

    @Test func `a role, and what its session is called and may do, are read`() throws {
        let credentials = try #require(
            try read(
                #"""
                profiles:
                  p:
                    credentials:
                      source: systemd
                      credential: keys
                      role: {arn: "arn:aws:iam::123456789012:role/r", externalId: "a+b", durationSeconds: 900}
                      roleSessionName: "{user}"
                      sourceIdentity: "{uid}@host"
                      sessionTags: {host: web-1, who: "{user}"}
                      sessionPolicy: "{}"
                      sessionPolicyArns: ["arn:1", "arn:2"]
                """#
            ).profiles.first?.credentials)
        #expect(credentials.source == .systemd && credentials.credential == "keys")
        let arn = "arn:aws:iam::123456789012:role/r"
        #expect(credentials.role == RoleSettings(arn: arn, externalID: "a+b", durationSeconds: 900))
        let session = credentials.session
        #expect(session.name?.text == "{user}" && session.sourceIdentity?.text == "{uid}@host")
        #expect(session.tags.map(\.key) == ["host", "who"] && session.tags.map(\.value.text) == ["web-1", "{user}"])
        #expect(session.policy == "{}" && session.policyARNs == ["arn:1", "arn:2"])
    }

    @Test(arguments: ["default", "shared-files", "web-identity"])
    func `where a profile may lead to a role, its session may have a name`(source: String) throws {
        let yaml = "profiles: {a: {credentials: {source: \(source), roleSessionName: \"{user}\"}}}"
        #expect(try read(yaml).profiles.first?.credentials.session.name?.text == "{user}")
    }

    @Test(arguments: ["trace", "debug", "info", "notice", "warning", "error", "critical"])
    func `a log level goes by swift-log's name`(level: String) throws {
        #expect(try read("logLevel: \(level)").logLevel.rawValue == level)
    }

    @Test func `JSON is YAML too`() throws {
        #expect(try read(#"{"cacheSeconds": 1, "profiles": {"p": {"region": "eu-west-1"}}}"#).cacheSeconds == 1)
    }
}
