internal import BrokerWire
internal import JSONText
internal import Synchronization

/// A client of macie-broker: asks for the Macie session over a Unix socket and never sees an AWS key.
///
/// ```swift
/// let broker = try BrokerClient()
/// let answer = try broker.session(region: "eu-west-1")
/// print(answer.session.status ?? "unknown", answer.provenance.fetchedAt)
/// ```
///
/// A call blocks its thread until the broker answers or the time is over; `AsyncBrokerClient` asks without blocking. One
/// client has one connection, opened by the first call and kept for the next; calls from several threads take turns, and a
/// call's time begins with its turn.
///
/// A kept connection on which the broker has hung up, as it does when it is restarted, is replaced by a new one. A request
/// that was under way on it, and of which no answer has come, is sent once more when it only reads, as all of this class do.
/// An inherited descriptor is never replaced. After fork(2) the child's calls use a connection of their own, even when
/// another thread of the parent was in a call.
public final class BrokerClient: Sendable {
    /// The version of this library, by semantic versioning.
    public static let version = Product.version

    /// How long a call may take unless something else is said: a little more than the broker's own limit, whose answer tells
    /// more than silence does.
    public static let usualTimeoutSeconds = 35.0

    /// The methods of the protocol that this library knows.
    package static var methodNames: [String] { Method.served(at: .people).map(\.rawValue) }

    /// Whether `text` is one AWS action, as `explain` takes it.
    package static func isAction(_ text: String) -> Bool { ExplainQuery.isAction(text) }

    /// Where this client looks for its broker.
    public let address: BrokerAddress
    /// How long a call may take, connecting included, in seconds.
    public let timeoutSeconds: Double

    private let turn = Turn()
    /// Why the broker is looked for at `address`, for people.
    private let reason: String?

    /// A client of the broker that `SocketLocator` finds.
    ///
    /// - Throws: `noBroker` when `MACIE_BROKER_FD` makes no sense. Nothing is connected yet.
    public convenience init(timeoutSeconds: Double = usualTimeoutSeconds) throws(ClientFailure) {
        let place = try SocketLocator().place()
        self.init(at: place.address, because: place.reason, timeoutSeconds: timeoutSeconds)
    }

    /// A client of the broker at `address`. Nothing is connected yet.
    ///
    /// - Parameters:
    ///   - address: a socket's path, or an inherited descriptor.
    ///   - timeoutSeconds: how long a call may take, from 0 to a day; what is outside counts as the nearer end.
    public convenience init(at address: BrokerAddress, timeoutSeconds: Double = usualTimeoutSeconds) {
        self.init(at: address, because: nil, timeoutSeconds: timeoutSeconds)
    }

    private init(at address: BrokerAddress, because reason: String?, timeoutSeconds: Double) {
        self.address = address
        self.reason = reason
        self.timeoutSeconds = Deadline.held(timeoutSeconds)
    }

    /// The Macie session: `macie2.GetMacieSession`.
    ///
    /// - Parameters:
    ///   - profile: one of the broker's profiles; nil for `default`, or the only one there is.
    ///   - region: an AWS region; nil for the profile's own.
    ///   - maxAgeSeconds: how old an answer out of the broker's cache may be, 0...86400; 0 asks AWS now, nil leaves it to
    ///     the broker.
    ///   - timeoutSeconds: how long this call may take; nil for the client's own time.
    /// - Returns: AWS's members, and where they come from.
    /// - Throws: `answered` with AWS's exception or the broker's refusal; other cases when the broker cannot be asked.
    public func session(
        profile: String? = nil, region: String? = nil, maxAgeSeconds: Int? = nil, timeoutSeconds: Double? = nil
    ) throws(ClientFailure) -> SessionAnswer {
        let parameters = RequestParameters.object(Self.parameters(profile, region, maxAgeSeconds))
        return try SessionAnswer(try result(of: Method.getMacieSession.rawValue, parameters, within: timeoutSeconds))
    }

    /// Whom the broker takes this process for, and what it may do: `broker.WhoAmI`.
    public func whoAmI() throws(ClientFailure) -> CallerAnswer {
        try CallerAnswer(try result(of: .whoAmI))
    }

    /// Whether the broker's policy allows this process a request, by which rule, and what helps if not: `broker.Explain`.
    /// Nothing is carried out.
    ///
    /// - Parameters:
    ///   - action: an AWS action such as `macie2:GetMacieSession`, without wildcards.
    ///   - profile: as for `session`.
    ///   - region: as for `session`.
    ///   - maxAgeSeconds: as the request would say it, 0...86400; nil when it would not.
    /// - Returns: the policy's answer; a refusal is an answer, too.
    /// - Throws: `answered` when the question makes no sense to the broker; other cases when it cannot be asked.
    public func explain(
        _ action: String, profile: String? = nil, region: String? = nil, maxAgeSeconds: Int? = nil
    ) throws(ClientFailure) -> ExplainAnswer {
        var parameters = Self.parameters(profile, region, maxAgeSeconds)
        parameters["action"] = .string(action)
        return try ExplainAnswer(try result(of: .explain, parameters))
    }

    /// How the broker is: `broker.Status`.
    public func status() throws(ClientFailure) -> StatusAnswer {
        try StatusAnswer(try result(of: .status))
    }

    /// Any method, by its name on the wire.
    ///
    /// - Parameters:
    ///   - method: such as `rpc.discover`.
    ///   - parameters: a JSON object's text; nil for none.
    /// - Returns: the result as JSON text on one line, whatever members it has.
    /// - Throws: `badParameters` before anything is sent; otherwise as `session`.
    public func call(_ method: String, parameters: String? = nil) throws(ClientFailure) -> String {
        guard let parameters else { return try result(of: method, .none).text }
        let value: JSONValue
        do throws(JSONFailure) { value = try JSONValue(parsing: Array(parameters.utf8)) } catch {
            throw .badParameters("\(error)")
        }
        guard case .object(let object) = value else { throw .badParameters("something else stands there") }
        return try result(of: method, .object(object)).text
    }

    static func parameters(_ profile: String?, _ region: String?, _ maxAgeSeconds: Int?) -> JSONObject {
        var parameters = JSONObject()
        parameters["profile"] = profile.map(JSONValue.string)
        parameters["region"] = region.map(JSONValue.string)
        parameters["maxAgeSeconds"] = maxAgeSeconds.map { JSONValue($0) }
        return parameters
    }

    func result(of method: Method, _ parameters: JSONObject = .init()) throws(ClientFailure) -> JSONValue {
        try result(of: method.rawValue, .object(parameters))
    }

    func result(of method: Method, _ parameters: RequestParameters) throws(ClientFailure) -> JSONValue {
        try result(of: method.rawValue, parameters)
    }

    private func result(
        of method: String, _ parameters: RequestParameters, within seconds: Double? = nil
    ) throws(ClientFailure) -> JSONValue {
        // Asked for by name, it may be a method that this library does not know and that does more than read.
        let isRepeatable = Self.methodNames.contains(method)
        do throws(ClientFailure) {
            return try turn.current.exchange.withLock { exchange throws(ClientFailure) in
                try exchange.result(
                    of: method, parameters, from: address, within: seconds.map(Deadline.held) ?? timeoutSeconds,
                    isRepeatable: isRepeatable)
            }
        } catch .noBroker(let place, let why) {
            throw .noBroker(at: reason.map { "\(place) (\($0))" } ?? place, why)
        }
    }
}
