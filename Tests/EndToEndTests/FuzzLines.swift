/// A generator whose every number follows from its seed (SplitMix64, Steele, Lea and Flood, OOPSLA 2014).
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; even enough for fuzzing.
    mutating func below(_ bound: Int) -> Int { Int(truncatingIfNeeded: (next() >> 32) % UInt64(max(1, bound))) }
}

/// Requests, and what becomes of them by accident or malice.
struct FuzzLines {
    /// What lines are made from: requests of every kind, and texts near to them.
    private static let originals: [[UInt8]] = [
        #"{"jsonrpc":"2.0","id":1,"method":"macie2.GetMacieSession"}"#,
        #"{"jsonrpc":"2.0","id":"a","method":"macie2.GetMacieSession","params":{"profile":"default"}}"#,
        #"{"jsonrpc":"2.0","id":2,"method":"macie2.GetMacieSession","params":{"region":"us-east-1","maxAgeSeconds":600}}"#,
        #"{"jsonrpc":"2.0","id":-9007199254740991,"method":"macie2.GetMacieSession","params":{}}"#,
        #"{ "method" : "macie2.GetMacieSession" , "id" : "\u00e9\ud83d\ude00" , "jsonrpc" : "2.0" }"#,
        #"{"jsonrpc":"2.0","id":3,"method":"broker.WhoAmI","params":{}}"#,
        #"{"jsonrpc":"2.0","id":4,"method":"no.Such","params":{"deep":[[[{"a":[1,2.5e-3,true,null]}]]]}}"#,
        #"[{"jsonrpc":"2.0","id":5,"method":"broker.WhoAmI"}]"#,
    ].map { Array($0.utf8) }

    /// Bytes that mean something to a parser of JSON or UTF-8.
    private static let telling =
        Array("{}[]\",:\\/\r\n\t 0123456789+-.eEtfnu".utf8) + [0x00, 0x7F, 0x80, 0xC0, 0xE0, 0xED, 0xF4, 0xFF]

    private var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// A line with its LF, at most some 3,000 bytes; it may hold further LFs.
    mutating func next() -> [UInt8] {
        var line = random.below(16) == 0 ? randomBytes(count: random.below(200)) : original()
        for _ in 0...random.below(3) { mutate(&line) }
        line.append(UInt8(ascii: "\n"))
        return line
    }

    private mutating func original() -> [UInt8] { Self.originals[random.below(Self.originals.count)] }

    private mutating func mutate(_ line: inout [UInt8]) {
        guard !line.isEmpty, line.count < 1_000 else { return }
        let place = random.below(line.count)
        switch random.below(12) {
        case 0, 1: line[place] ^= 1 << UInt8(random.below(8))
        case 2, 3: line[place] = Self.telling[random.below(Self.telling.count)]
        case 4: line.insert(Self.telling[random.below(Self.telling.count)], at: place)
        case 5: line.removeSubrange(place..<min(line.count, place + 1 + random.below(4)))
        case 6: line.insert(contentsOf: line[place..<min(line.count, place + 1 + random.below(40))], at: place)
        case 7: line.removeSubrange(place...)
        case 8: line.replaceSubrange(place..., with: original().suffix(random.below(60)))
        case 9: line.insert(contentsOf: randomBytes(count: random.below(12)), at: place)
        case 10: line.insert(contentsOf: nesting(depth: random.below(60)), at: place)
        default:
            line.insert(contentsOf: repeatElement(Self.telling[random.below(30)], count: random.below(300)), at: place)
        }
    }

    private mutating func randomBytes(count: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let number = random.next()
            for shift in stride(from: UInt64(0), to: 64, by: 8) {
                bytes.append(UInt8(truncatingIfNeeded: number >> shift))
            }
        }
        return bytes
    }

    private mutating func nesting(depth: Int) -> [UInt8] {
        Array(repeatElement(random.below(2) == 0 ? Array("[".utf8) : Array(#"{"a":"#.utf8), count: depth).joined())
    }
}
