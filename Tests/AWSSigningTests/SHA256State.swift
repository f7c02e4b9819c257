/// The state of SHA-256 (FIPS 180-4, 6.2) after one block, as libcrypto keeps it: eight words of this machine.
enum SHA256State {
    /// What HMAC keeps of a key of at most 64 bytes instead of the key: the hash of it and the inner pad (RFC 2104, 4).
    static func inner(ofHMACUnder key: [UInt8]) -> [UInt8] {
        let block = (0..<64).map { ($0 < key.count ? key[$0] : 0) ^ 0x36 }
        var state = initial
        compress(&state, block)
        return state.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (8 * UInt32($0))) } }
    }

    private static let primes = [
        2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83, 89, 97, 101, 103, 107,
        109,
        113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, 227, 229, 233,
        239,
        241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307, 311,
    ]
    /// The first 32 bits of the fractions of the primes' square and cube roots.
    private static let initial = primes.prefix(8).map { fraction(Double($0).squareRoot()) }
    private static let constants = primes.map { cubeRootFraction(UInt64($0)) }

    private static func fraction(_ value: Double) -> UInt32 {
        UInt32(truncatingIfNeeded: Int64((value - value.rounded(.down)) * 4_294_967_296))
    }

    /// By bisection on whole numbers: the largest r with r³ ≤ prime · 2⁹⁶ has the fraction in its lower half.
    private static func cubeRootFraction(_ prime: UInt64) -> UInt32 {
        var root: UInt64 = 0
        for bit in (0..<36).reversed() {
            let tried = root | 1 << UInt64(bit)
            if UInt128(tried) * UInt128(tried) * UInt128(tried) <= UInt128(prime) << 96 { root = tried }
        }
        return UInt32(truncatingIfNeeded: root)
    }

    private static func compress(_ state: inout [UInt32], _ block: [UInt8]) {
        var words = (0..<16).map { word in (0..<4).reduce(UInt32(0)) { $0 << 8 | UInt32(block[4 * word + $1]) } }
        for index in 16..<64 {
            let (a, b) = (words[index - 15], words[index - 2])
            let s0 = rotated(a, 7) ^ rotated(a, 18) ^ a >> 3
            let s1 = rotated(b, 17) ^ rotated(b, 19) ^ b >> 10
            words.append(words[index - 16] &+ s0 &+ words[index - 7] &+ s1)
        }
        var v = state
        for index in 0..<64 {
            let s1 = rotated(v[4], 6) ^ rotated(v[4], 11) ^ rotated(v[4], 25)
            let choice = (v[4] & v[5]) ^ (~v[4] & v[6])
            let first = v[7] &+ s1 &+ choice &+ constants[index] &+ words[index]
            let s0 = rotated(v[0], 2) ^ rotated(v[0], 13) ^ rotated(v[0], 22)
            let majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2])
            v = [first &+ s0 &+ majority, v[0], v[1], v[2], v[3] &+ first, v[4], v[5], v[6]]
        }
        for index in 0..<8 { state[index] &+= v[index] }
    }

    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word >> count | word << (32 - count) }
}
