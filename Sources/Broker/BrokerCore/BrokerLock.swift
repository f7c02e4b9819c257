internal import BrokerWire
internal import Digests

/// Whether the broker is locked, and by what it is unlocked. While it is locked every AWS action is refused and nothing is
/// signed. The passphrase is kept nowhere: only what it is checked against.
struct BrokerLock {
    /// Seconds a wrong passphrase costs, times the wrong ones in a row; and the most it costs.
    private static let secondsForEachError = 0.1
    private static let secondsAtMost = 10.0

    private(set) var seal: SealedPassphrase?
    private var wrongInARow = 0
    /// Whether a passphrase is being checked, or a wrong one still costs its time. There is no second try meanwhile.
    var isBusy = false

    var isLocked: Bool { seal != nil }

    /// Why it cannot be locked now; nil when it can.
    var obstacleToLocking: Failure? { isLocked ? .locked : isBusy ? .passphraseBeingChecked : nil }

    mutating func close(with seal: SealedPassphrase) {
        self.seal = seal
        wrongInARow = 0
    }

    mutating func open() {
        seal = nil
        wrongInARow = 0
    }

    /// One more wrong passphrase.
    ///
    /// - Returns: the seconds until its refusal is told.
    mutating func wasWrong() -> Double {
        wrongInARow += 1
        return min(Double(wrongInARow) * Self.secondsForEachError, Self.secondsAtMost)
    }
}

/// What a passphrase is checked against: PBKDF2 with a salt of its own (RFC 8018, section 5.2).
struct SealedPassphrase: Sendable, Equatable {
    private let salt: [UInt8]
    private let key: [UInt8]

    /// Some tens of milliseconds of work, on purpose; nil where libcrypto refuses.
    init?(_ passphrase: Passphrase) {
        var random = SystemRandomNumberGenerator()
        salt = (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        guard let key = Self.derive(passphrase, salt) else { return nil }
        self.key = key
    }

    /// As much work again.
    func opens(with passphrase: Passphrase) -> Bool {
        guard let other = Self.derive(passphrase, salt), other.count == key.count else { return false }
        return zip(key, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func derive(_ passphrase: Passphrase, _ salt: [UInt8]) -> [UInt8]? {
        passphrase.lend { PBKDF2.key(passphrase: $0, salt: salt.span) }
    }
}
