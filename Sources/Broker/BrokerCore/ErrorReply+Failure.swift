internal import AWSCredentials
internal import AWSRuntime
internal import BrokerAccess
package import BrokerWire

extension ErrorReply {
    /// What the client hears of a failure: the one switch, exhaustive.
    package init(_ failure: Failure) {
        switch failure {
        case .refused(let refusal): self.init(refusal)
        case .denied(let denial): self.init(denial)
        case .regionMissing(let profile):
            self.init(
                .invalidParams, "profile \(profile) has no region and the request names none",
                remedy: "name a region in the request, or give the profile one in the broker's configuration")
        case .profileMissing:
            self.init(
                .invalidParams, "the request names no profile, and none of the configured ones is called default",
                remedy: "name one of the profiles that broker.WhoAmI lists")
        case .regionUnknown:
            self.init(
                .invalidParams, "parameter region: not the name of an AWS region",
                remedy: "names look like us-east-1")
        case .profileUnknown:
            self.init(
                .invalidParams, "parameter profile: no such profile is configured",
                remedy: "broker.WhoAmI lists the profiles that are yours")
        case .credentials(let failure, let profile):
            self.init(
                .credentialsUnavailable, "no credentials for profile \(profile) from \(failure.source): \(failure.why)",
                remedy: failure.remedy, retryable: failure.kind == .unreachable,
                retryAfterSeconds: failure.kind == .unreachable
                    ? Self.rounded(failure.retryAfterSeconds ?? 1) : nil)
        case .call(let failure): self.init(failure)
        case .answerTooLong(let limit):
            self.init(
                .upstreamMalformed, "AWS answered with a session of more than \(limit) bytes",
                remedy: "check the endpoint; it may not be AWS")
        case .endpoint(let failure):
            self.init(.internalError, "the profile's endpoint: \(failure)", remedy: "mend the broker's configuration")
        case .waitedTooLong(let seconds):
            self.init(
                .deadlineExceeded, "no answer from AWS within \(Self.number(seconds)) s",
                remedy: "ask again; the call goes on and its answer is kept", retryAfterSeconds: 1)
        case .tooManyInFlight(let limit, let ofThisUser):
            self.init(
                .tooManyInFlight,
                "\(limit) requests of this \(ofThisUser ? "user" : "connection") are waiting already",
                remedy: "wait for one of them to be answered", retryAfterSeconds: 1)
        case .overloaded(let limit):
            self.init(
                .overloaded, "\(limit) requests are waiting for AWS already", remedy: "ask again a little later",
                retryAfterSeconds: 1)
        case .tooManyRequests(let seconds):
            self.init(
                .rateLimited, "this user asks more often than limits.requestsPerSecondPerUid allows",
                remedy: "ask less often; nothing more is read from this connection until then",
                retryAfterSeconds: Self.rounded(seconds))
        case .tooManyUpstreamCalls(let seconds):
            self.init(
                .rateLimited, "this user has AWS asked more often than limits.upstreamCallsPerSecondPerUid allows",
                remedy: "allow older answers (a larger maxAgeSeconds, or none), or ask less often",
                retryAfterSeconds: Self.rounded(seconds))
        case .tooMuchPending(let limit, let ofThisUser):
            self.init(
                .overloaded,
                "more than \(limit) bytes of \(ofThisUser ? "this user" : "all users") wait to be answered or read",
                remedy: "read replies as they come; this connection is closed", retryAfterSeconds: 1)
        case .lineTooLong(let limit):
            self.init(
                .lineTooLong, "a request line has at most \(limit) bytes",
                remedy: "send shorter requests; this connection is closed")
        case .lineTooSlow(let seconds):
            self.init(
                .lineTimeout, "a line once begun must end within \(Self.number(seconds)) s",
                remedy: "end each request with a line feed; this connection is closed")
        case .idle(let seconds):
            self.init(
                .idleTimeout, "nothing was asked for \(Self.number(seconds)) s",
                remedy: "connect again; this connection is closed")
        case .readsTooSlowly(let seconds):
            self.init(
                .slowReader, "replies were left unread for \(Self.number(seconds)) s",
                remedy: "read replies as they come; this connection is closed")
        case .tooManyConnections(let limit, let ofThisUser):
            self.init(
                .tooManyConnections,
                ofThisUser ? "this user holds \(limit) connections already" : "\(limit) connections are open already",
                remedy: "close connections that are not needed, or ask the administrator to raise the limit",
                retryAfterSeconds: 1)
        case .shuttingDown:
            self.init(
                .shuttingDown, "the broker is stopping", remedy: "connect again once it has been restarted",
                retryAfterSeconds: 1)
        case .locked:
            self.init(
                .locked, "the broker is locked", remedy: "ask the administrator of this host to unlock it",
                retryAfterSeconds: 10)
        case .auditUnavailable:
            self.init(
                .auditUnavailable, "the record of this request cannot be written, so it is not answered",
                remedy: "ask the administrator of this host: admin.Status says why", retryAfterSeconds: 1)
        case .wrongPassphrase: self.init(.wrongPassphrase, "not the passphrase", remedy: "try again")
        case .passphraseBeingChecked:
            self.init(
                .rateLimited, "a passphrase is being checked already", remedy: "try again in a moment",
                retryAfterSeconds: 1)
        case .configurationInvalid(let problem):
            self.init(
                .configurationInvalid, problem.text,
                remedy: "mend the configuration and reload again; the old one stays in force")
        case .notAdministrator:
            self.init(
                .permissionDenied, "this socket is for root, the broker's own user and its administrators",
                remedy: "use the broker's other socket; this connection is closed")
        case .noSuchProfile:
            self.init(
                .invalidParams, "parameter profile: no such profile is configured",
                remedy: "admin.Status lists the profiles")
        case .keysUnusable(let why):
            self.init(.invalidParams, "these keys cannot be used: \(why)", remedy: "give them as AWS gave them")
        case .askedByItself:
            self.init(
                .permissionDenied,
                "the broker started this process to get credentials: it cannot ask the broker for what needs them",
                remedy: "let credential_process get its credentials elsewhere")
        case .noSuchAccount(let name):
            self.init(
                .invalidParams, "this host has no user or group \(name)", remedy: "give a number, or another name")
        case .impossible:
            self.init(.internalError, "the broker met a state that cannot be", remedy: "see the broker's log")
        }
    }

    private init(_ refusal: RequestRefusal) {
        switch refusal.reason {
        case .notJSON(let failure):
            self.init(.parseError, "not JSON: \(failure)", remedy: "send one JSON object a line, in strict JSON")
        case .invalidRequest(let why):
            self.init(.invalidRequest, why, remedy: "see rpc.discover for what a request looks like")
        case .methodNotFound:
            self.init(.methodNotFound, "no such method", remedy: "rpc.discover lists the methods")
        case .invalidParameter(let name, let rule):
            self.init(.invalidParams, "parameter \(name): \(rule)", remedy: "rpc.discover lists the parameters")
        }
    }

    private init(_ denial: Failure.Denial) {
        let who = denial.user.map { "\($0) (uid \(denial.peer.uid))" } ?? "uid \(denial.peer.uid)"
        let place = denial.askedRegion.map { " in \($0)" } ?? ""
        let profile = denial.askedProfile.map { "profile \($0)" } ?? "the default profile"
        let what = "\(denial.request.action) on \(profile)\(place)"
        self.init(
            .permissionDenied, "\(who) may not \(what): \(denial.denial.reason)",
            remedy: "ask the administrator of this host to add a grant for it to \(denial.policySource)")
    }

    private init(_ failure: AWSCallFailure) {
        switch failure.cause {
        case .service(let error):
            self.init(
                aws: Self.bounded(error.code),
                error.message.isEmpty ? "AWS said no more than HTTP \(error.httpStatus)" : Self.bounded(error.message),
                httpStatus: error.httpStatus, requestID: error.requestID, retryable: error.isTransient,
                retryAfterSeconds: error.retryAfter, remedy: AWSRemedy.text(for: error))
        case .malformed(let reason, let status, let requestID):
            self.init(
                .upstreamMalformed, "AWS answered what cannot be read: \(reason)", remedy: "ask again later",
                httpStatus: status, requestID: requestID)
        case .exchange(.responseTooLarge(let limit)):
            self.init(
                .upstreamMalformed, "AWS answered with more than \(limit) bytes",
                remedy: "check the endpoint; it may not be AWS")
        case .exchange(let reason):
            let tries = failure.attempts == 1 ? "1 attempt" : "\(failure.attempts) attempts"
            self.init(
                .upstreamUnreachable, "AWS was not reached in \(tries): \(reason.words)",
                remedy: "check the network, the proxy and the endpoint of the profile", retryAfterSeconds: 1)
        case .deadline:
            self.init(
                .deadlineExceeded, "AWS did not answer in time", remedy: "ask again later", retryAfterSeconds: 1)
        case .signing:
            self.init(.internalError, "the request could not be signed", remedy: "see the broker's log")
        case .gateShut: self.init(.locked)
        }
    }

    /// Unicode scalars of AWS's own texts that a client gets, the most; more would only fill its terminal.
    private static let longestText = 4_096

    private static func bounded(_ text: String) -> String {
        text.unicodeScalars.count <= longestText ? text : String(text.unicodeScalars.prefix(longestText)) + "…"
    }

    /// Up to the next hundredth of a second.
    private static func rounded(_ seconds: Double) -> Double { (seconds * 100).rounded(.up) / 100 }

    private static func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e9 ? String(Int64(value)) : String(value)
    }
}
