internal import JSONText

/// One step of a script, as `broker.jsonl` of protocol/vectors/README.md has it.
indirect enum Step {
    enum Origin: String { case new, same }

    case expect(JSONValue, on: Origin?)
    case accept
    case reply(JSONValue, bytes: Int?, Cut)
    case text(String, Cut)
    case bytes([UInt8], Cut)
    case repeated([UInt8], times: Int)
    case gather(Int, together: Bool, reply: JSONValue)
    case pause(seconds: Double)
    case close, reset, restart, stop, vanish, fill
    case loop([Step], times: Int)
}

/// Into which pieces bytes are cut.
enum Cut {
    case nowhere
    case after([Int])
    case every(Int)

    /// The ends of the pieces of so many bytes.
    func ends(of count: Int) -> [Int] {
        switch self {
        case .nowhere: [count]
        case .after(let places): places.filter { $0 < count } + [count]
        case .every(let size): Array(stride(from: size, to: count, by: size)) + [count]
        }
    }
}

/// What is wrong, for people: with the script, or with what the client did.
struct Wrong: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension Step {
    /// The steps of a whole script, one a line.
    static func script(_ bytes: [UInt8]) throws -> [Step] {
        try bytes.split(separator: UInt8(ascii: "\n")).map { line in
            guard let value = try? JSONValue(parsing: Array(line)), let step = Step(value) else {
                throw Wrong("broker.jsonl: no step: \(String(decoding: line, as: UTF8.self))")
            }
            return step
        }
    }

    private init?(_ value: JSONValue) {
        guard let name = value.object?.members.first?.name, let argument = value[name] else { return nil }
        switch name {
        case "expect": self = .expect(argument, on: value["connection"]?.string.flatMap(Origin.init))
        case "reply": self = .reply(argument, bytes: value["bytes"]?.integer.map { Int($0) }, Cut(value["cut"]))
        case "gather":
            guard let count = argument.integer, let reply = value["reply"] else { return nil }
            self = .gather(Int(count), together: value["together"] == .bool(true), reply: reply)
        case "pause":
            guard let seconds = argument.double else { return nil }
            self = .pause(seconds: seconds)
        case "loop":
            guard let steps = argument.array, let times = value["times"]?.integer else { return nil }
            let known = steps.compactMap { Step($0) }
            guard known.count == steps.count else { return nil }
            self = .loop(known, times: Int(times))
        default:
            guard let step = Step.raw(name, argument, value) ?? Step.act(name) else { return nil }
            self = step
        }
    }

    private static func raw(_ name: String, _ argument: JSONValue, _ value: JSONValue) -> Step? {
        guard let text = argument.string else { return nil }
        switch name {
        case "text": return .text(text, Cut(value["cut"]))
        case "hex": return bytes(hex: text).map { .bytes($0, Cut(value["cut"])) }
        case "repeat": return value["times"]?.integer.map { .repeated(Array(text.utf8), times: Int($0)) }
        default: return nil
        }
    }

    private static func act(_ name: String) -> Step? {
        let acts: [String: Step] = [
            "accept": .accept, "close": .close, "reset": .reset, "restart": .restart, "stop": .stop, "vanish": .vanish,
            "fill": .fill,
        ]
        return acts[name]
    }

    private static func bytes(hex text: String) -> [UInt8]? {
        let digits = text.utf8.compactMap { digit in Character(UnicodeScalar(digit)).hexDigitValue }
        guard digits.count == text.utf8.count, digits.count.isMultiple(of: 2) else { return nil }
        return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] * 16 + digits[$0 + 1]) }
    }
}

extension Cut {
    fileprivate init(_ value: JSONValue?) {
        if let size = value?.integer, size > 0 {
            self = .every(Int(size))
        } else if let places = value?.array {
            self = .after(places.compactMap { place in place.integer.map { Int($0) } })
        } else {
            self = .nowhere
        }
    }
}
