package import Timestamps

/// What is recorded besides requests: the broker's own life, what its operators did, and what became of the record itself.
package struct AuditEvent: Sendable, Equatable {
    package let time: Timestamp
    package let kind: Kind
    /// Who did it, for what came over the admin socket; nil for signals and for what nobody did.
    package let actor: Actor?

    package init(time: Timestamp, _ kind: Kind, by actor: Actor? = nil) {
        self.time = time
        self.kind = kind
        self.actor = actor
    }

    /// An operator, as the kernel told of the connection.
    package struct Actor: Sendable, Equatable {
        package let uid: UInt32
        package let pid: Int32

        package init(uid: UInt32, pid: Int32) {
            self.uid = uid
            self.pid = pid
        }
    }

    package enum Kind: Sendable, Equatable {
        case start(version: String, pid: Int32, mode: String? = nil, policySHA256: String? = nil)
        case stop
        /// `outcome` is `ok`, or why the old policy stays in force.
        case reload(outcome: String, mode: String? = nil, policySHA256: String? = nil)
        case lock
        /// `outcome` is `ok` or `WrongPassphrase`.
        case unlock(outcome: String)
        /// The credentials of a profile have changed, been renewed or been lost: `state` is a word.
        case credentials(profile: String, source: String, state: String, expiresAt: Timestamp? = nil)
        /// Keys that an operator gave; of the access key id, the end only.
        case addCredentials(profile: String, accessKeyIDEnd: String, expiresAt: Timestamp?)
        case removeCredentials(profile: String, removed: UInt64)
        case dropCredentials(dropped: UInt64)
        /// A limit turned requests away: how often in how many seconds.
        case limit(name: String, uid: UInt32?, count: UInt64, seconds: UInt64)
        /// Requests that were refused because there was no place for their record.
        case auditUnavailable(reason: String, refused: UInt64)
        case dropCache(profile: String?, dropped: UInt64)
        case setLogLevel(level: String, previous: String)
        /// The first record of a file that goes on from another one.
        case rotated(previousFile: String?)
        /// The first record after something was wrong with the file: see `Recovery`.
        case recovered(Recovery)
    }

    /// What was wrong with the file, and what of it is left there.
    package struct Recovery: Sendable, Equatable {
        package let reason: String
        /// What stands between the last whole record and this one, and is none; the LF before this record not counted.
        package let torn: Torn?
        /// Records that were withdrawn meanwhile, because they could not be written.
        package let withdrawn: UInt64

        package init(reason: String, torn: Torn?, withdrawn: UInt64) {
            self.reason = reason
            self.torn = torn
            self.withdrawn = withdrawn
        }
    }

    package struct Torn: Sendable, Equatable {
        package let bytes: UInt64
        /// 64 hexadecimal digits.
        package let sha256: String

        package init(bytes: UInt64, sha256: String) {
            self.bytes = bytes
            self.sha256 = sha256
        }
    }
}
