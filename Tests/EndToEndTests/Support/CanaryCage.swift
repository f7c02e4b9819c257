import Foundation
import JSONText

/// A broker with a profile for every source that there is, each with a canary for a secret, and all that gives them.
final class CanaryCage {
    static let profiles = [
        "environment", "files", "role", "process", "web", "sso", "container", "imds", "systemd", "given",
    ]

    let workplace: Workplace
    let cloud: Cloud
    let broker: BrokerProcess
    /// Everything that a client or an administrator has been told.
    private(set) var replies = ""
    private let home: String
    private var requests = 0

    init() throws {
        let workplace = try Workplace()
        let cloud = try Cloud(in: workplace, life: 6)
        (self.workplace, self.cloud) = (workplace, cloud)
        home = try workplace.makeFolder("home", mode: 0o700)
        let environment = try Self.furnish(home, workplace, cloud)
        let profiles = Self.profiles.map { name in
            "  \(name): {region: us-east-1, endpoint: \"\(cloud.url)\", credentials: {\(Self.settings(of: name))}}"
        }
        broker = try BrokerProcess.start(
            configuration: """
                profiles:
                \(profiles.joined(separator: "\n"))
                \(Simulator.grantForEverybody)
                cacheSeconds: 0
                audit: {file: "\(workplace.path)/audit.jsonl"}
                limits: {upstreamCallsPerSecondPerUid: 100000, upstreamCallsBurstPerUid: 100000}
                """, in: workplace, environment: environment)
    }

    /// Asks AWS for the session of a profile: the type of what came instead; nil when a session came.
    @discardableResult
    func ask(_ profile: String, on connection: RawConnection) throws -> String? {
        requests += 1
        try connection.send(
            #"{"jsonrpc":"2.0","id":\#(requests),"method":"macie2.GetMacieSession","params":{"profile":"\#(profile)","maxAgeSeconds":0}}"#
                + "\n")
        guard let line = connection.readLine(within: 60) else { throw HarnessFailure("no reply for \(profile)") }
        replies += line + "\n"
        return try JSONValue(parsing: Array(line.utf8))["error"]?["data"]?["type"]?.string
    }

    /// Calls a method of the administrator's.
    @discardableResult
    func administer(_ method: String, _ parameters: String = "{}") throws -> JSONValue {
        let connection = try broker.connectAdmin()
        try connection.send(AdminLine.call(method, parameters) + "\n")
        guard let line = connection.readLine(within: 60) else { throw HarnessFailure("no reply to \(method)") }
        replies += line + "\n"
        return try JSONValue(parsing: Array(line.utf8))
    }

    /// Gives the profile `given` keys of today's.
    func give(number: Int) throws {
        let (secret, token) = (Self.canary("given"), Self.canary("given-token"))
        let id = "AKIAGIVEN\(String(format: "%011d", 7_000 + number))"
        try cloud.know("given", accessKeyID: id, secret: secret, token: token)
        let given = try administer(
            "AddCredentials",
            #"{"profile":"given","accessKeyId":"\#(id)","secretAccessKey":"\#(secret)","sessionToken":"\#(token)"}"#)
        guard given["result"] != nil else { throw HarnessFailure(given.text) }
    }

    /// Other keys than before for the profile `files`.
    func rotateFiles() throws { try Self.writeKeys(home, cloud, number: 2) }

    /// The ends of the ids of all keys that the broker says it holds.
    func heldKeyEnds() throws -> Set<String> {
        let entries = try administer("ListCredentials")["result"]?["credentials"]?.array ?? []
        return Set(entries.compactMap { $0["accessKeyIdEnd"]?.string })
    }

    /// All that the broker has written: its log, its records, and whatever lies in its folders that nobody gave it.
    func outputs() throws -> String {
        var all = replies + broker.standardError() + broker.readyLine
        let folders = [workplace.path + "/audit.jsonl", (broker.socketPath as NSString).deletingLastPathComponent]
        for folder in folders {
            let files = FileManager.default.subpaths(atPath: folder)?.map { "\(folder)/\($0)" } ?? [folder]
            for file in files { all += (try? String(contentsOfFile: file, encoding: .isoLatin1)) ?? "" }
        }
        return all
    }
}

// MARK: - What is where

extension CanaryCage {
    static func canary(_ label: String) -> String {
        "canary+\(label)/"
            + String(
                (0..<24).map { _ in "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789".randomElement() ?? "x" })
    }

    private static func settings(of profile: String) -> String {
        switch profile {
        case "environment": "source: environment"
        case "files", "role", "sso", "process": "source: shared-files, profile: \(profile)"
        case "web": "source: web-identity"
        case "imds": "source: instance-metadata"
        default: "source: \(profile)"
        }
    }

    private static func furnish(
        _ home: String, _ workplace: Workplace, _ cloud: Cloud
    ) throws -> [String: String] {
        try writeKeys(home, cloud, number: 1)
        try write(
            """
            [profile files]
            region = us-east-1
            [profile role]
            role_arn = arn:aws:iam::123456789012:role/r
            source_profile = base
            [profile process]
            credential_process = /bin/cat \(home)/printed.json
            [profile sso]
            sso_session = s
            sso_account_id = 123456789012
            sso_role_name = r
            [sso-session s]
            sso_region = us-east-1
            sso_start_url = https://example.awsapps.com/start
            """, to: "\(home)/.aws/config")
        try writeLogin(home, cloud)
        try writeSystemd(home, cloud)
        let printed = keys("process", 3)
        try cloud.know("process", accessKeyID: printed.id, secret: printed.secret, token: printed.token)
        try write(
            #"{"Version":1,"AccessKeyId":"\#(printed.id)","SecretAccessKey":"\#(printed.secret)","SessionToken":"\#(printed.token)"}"#,
            to: "\(home)/printed.json")
        let (webToken, containerToken) = (canary("web-token"), canary("container-token"))
        try write(webToken, to: "\(home)/web.jwt")
        try cloud.know("web token", token: webToken)
        try cloud.know("container token", token: containerToken)
        let own = keys("environment", 4)
        try cloud.know("environment", accessKeyID: own.id, secret: own.secret, token: own.token)
        return [
            "HOME": home, "PATH": "/usr/bin:/bin", "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": own.id,
            "AWS_SECRET_ACCESS_KEY": own.secret, "AWS_SESSION_TOKEN": own.token, "AWS_ENDPOINT_URL_STS": cloud.url,
            "AWS_ENDPOINT_URL_SSO": cloud.url, "AWS_ENDPOINT_URL_SSO_OIDC": cloud.url,
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": cloud.url, "AWS_WEB_IDENTITY_TOKEN_FILE": "\(home)/web.jwt",
            "AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/w",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(cloud.url)/container",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": containerToken, "CREDENTIALS_DIRECTORY": "\(home)/systemd",
        ]
    }

    private static func keys(_ label: String, _ number: Int) -> (id: String, secret: String, token: String) {
        ("ASIASTATIC\(String(format: "%010d", 9_000 + number))", canary(label), canary("\(label)-token"))
    }

    private static func writeKeys(_ home: String, _ cloud: Cloud, number: Int) throws {
        let (files, base) = (keys("files", number), keys("base", 8))
        try cloud.know("files", accessKeyID: files.id, secret: files.secret, token: files.token)
        try cloud.know("base \(number)", accessKeyID: base.id, secret: base.secret)
        try write(
            """
            [files]
            aws_access_key_id = \(files.id)
            aws_secret_access_key = \(files.secret)
            aws_session_token = \(files.token)
            [base]
            aws_access_key_id = \(base.id)
            aws_secret_access_key = \(base.secret)
            """, to: "\(home)/.aws/credentials")
    }

    /// A login that is about to end, and can be renewed. The file's name is the SHA-1 of `s`.
    private static func writeLogin(_ home: String, _ cloud: Cloud) throws {
        let (access, refresh, client) = (canary("login"), canary("login-refresh"), canary("login-client"))
        for (label, text) in [("login", access), ("login refresh", refresh), ("login client", client)] {
            try cloud.know(label, token: text)
        }
        let end = Date(timeIntervalSinceNow: 100).ISO8601Format()
        try write(
            #"{"accessToken":"\#(access)","expiresAt":"\#(end)","refreshToken":"\#(refresh)","clientId":"c","clientSecret":"\#(client)"}"#,
            to: "\(home)/.aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json")
    }

    private static func writeSystemd(_ home: String, _ cloud: Cloud) throws {
        let keys = keys("systemd", 5)
        try cloud.know("systemd", accessKeyID: keys.id, secret: keys.secret, token: keys.token)
        try write(
            """
            [default]
            aws_access_key_id = \(keys.id)
            aws_secret_access_key = \(keys.secret)
            aws_session_token = \(keys.token)
            """, to: "\(home)/systemd/aws")
    }

    private static func write(_ text: String, to path: String) throws {
        let folder = (path as NSString).deletingLastPathComponent
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
    }
}
