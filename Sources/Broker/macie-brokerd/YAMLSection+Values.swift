internal import AWSRuntime
internal import BrokerAccess
internal import BrokerServer
internal import Timestamps

/// Texts that have to be something more than a text.
extension YAMLSection {
    func region(_ text: Located<String>) throws(ConfigurationFailure) -> Region {
        guard let region = Region(text.value) else {
            throw failure(
                at: text.place, "\(name): \(text.value) is not the name of a region; they look like us-east-1")
        }
        return region
    }

    func socketPath(_ text: Located<String>) throws(ConfigurationFailure) -> SocketPath {
        do throws(SocketFailure) {
            return try SocketPath(text.value)
        } catch {
            throw failure(at: text.place, error.description)
        }
    }

    /// Octal permission bits that leave the owner theirs. `key` is for the message.
    func mode(_ text: Located<String>, of key: String) throws(ConfigurationFailure) -> UInt32 {
        guard let bits = UInt32(text.value, radix: 8), bits <= 0o777, bits & 0o600 == 0o600 else {
            throw failure(at: text.place, "\(key) must be octal permission bits such as \"0660\"")
        }
        return bits
    }

    /// A group by name or number. `what` is for the message: whose group it is.
    func gid(_ text: Located<String>, of what: String) throws(ConfigurationFailure) -> UInt32 {
        guard let gid = AccountNames.gid(named: text.value) else {
            throw failure(at: text.place, "\(what): this host has no group \(text.value)")
        }
        return gid
    }

    /// A user by name or number, as `gid(_:of:)`.
    func uid(_ text: Located<String>, of what: String) throws(ConfigurationFailure) -> UInt32 {
        guard let uid = AccountNames.uid(named: text.value) else {
            throw failure(at: text.place, "\(what): this host has no user \(text.value)")
        }
        return uid
    }

    /// An instant by RFC 3339, 5.6. `what` is for the message.
    func instant(_ text: Located<String>, of what: String) throws(ConfigurationFailure) -> Timestamp {
        guard let instant = Timestamp(parsingRFC3339: text.value) else {
            throw failure(
                at: text.place, "\(what) must be an instant such as 2026-12-31T23:59:59Z, with its zone (RFC 3339)")
        }
        return instant
    }
}
