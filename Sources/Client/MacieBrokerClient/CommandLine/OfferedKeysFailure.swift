package import JSONText

/// Why no keys were taken from what was offered. It names what is wrong and where, never what stood there.
package enum OfferedKeysFailure: Error, Sendable, Equatable {
    case nothingGiven
    case tooMuch(bytesAtMost: Int)
    /// A descriptor that is not open for reading, or whose read(2) failed.
    case unreadable(descriptor: Int32, errno: Int32)
    case notJSON(JSONFailure)
    /// The JSON's member Version is not there, or not 1.
    case wrongVersion
    /// A member that has to be a string.
    case notText(String)
    /// A line that is no NAME=VALUE, counted from 1.
    case notALine(Int)
    case openQuote(line: Int)
    case severalProfiles(line: Int)
    case missing(String)
    case twice(String)
    case tooLong(String, bytesAtMost: Int)
    case unfitCharacter(String)
    case badExpiration(String)
    case expired(BrokerTimestamp)
    case badProfile
    /// A terminal gives no more of a line.
    case lineCutByTerminal(String)
}

extension OfferedKeysFailure: CustomStringConvertible {
    package var description: String {
        switch self {
        case .nothingGiven: "no keys were given"
        case .tooMuch(let most): "the input has more than \(most) bytes: these are no keys"
        case .unreadable(let descriptor, let errno): "descriptor \(descriptor) cannot be read: system error \(errno)"
        case .notJSON(let failure): "the input is not JSON: \(failure)"
        case .wrongVersion: "the JSON has no Version 1, as that of a credential_process has"
        case .notText(let name): "\(name) is not a string"
        case .notALine(let number): "line \(number) is not NAME=VALUE"
        case .openQuote(let number): "in line \(number) the value begins with a quote and does not end with it"
        case .severalProfiles(let number): "in line \(number) another profile begins"
        case .missing(let name): "\(name) is missing"
        case .twice(let name): "\(name) is given twice"
        case .tooLong(let name, let most): "\(name) has more than \(most) bytes"
        case .unfitCharacter(let name):
            "\(name) holds a character that no such value has (a blank, a control character, no ASCII?)"
        case .badExpiration(let name): "\(name) is no instant in RFC 3339, such as 2026-12-31T23:59:59Z"
        case .badProfile: "a profile's name has 1 to 64 characters of A-Z a-z 0-9 _ . @ + = , -"
        case .expired(let end): "these keys ended at \(end.rfc3339)"
        case .lineCutByTerminal(let name): "\(name) is longer than a line of the terminal can be"
        }
    }

    /// What to do next.
    package var remedy: String {
        switch self {
        case .nothingGiven, .missing:
            "Give the access key id, the secret access key and, for temporary keys, the session token: see --help."
        case .tooMuch, .notALine, .openQuote, .twice, .severalProfiles:
            "Give the keys of one profile: lines such as AWS_ACCESS_KEY_ID=… or the JSON of a credential_process."
        case .unreadable: "Say --fd with the number of a descriptor that is open for reading."
        case .notJSON, .wrongVersion, .notText:
            "Give what a credential_process prints, such as `aws configure export-credentials` does."
        case .tooLong, .unfitCharacter: "Give the value as AWS gave it."
        case .badExpiration: "Leave it out, and say with --for how long the keys are to count."
        case .badProfile: "See with `macie-broker admin status` which profiles there are."
        case .expired: "Get new keys, or set this host's clock."
        case .lineCutByTerminal: "Give the keys on the standard input instead, from a file or a program."
        }
    }
}
