import BrokerWire
import Digests
import JSONText
import Testing

@testable import BrokerAudit

@Suite struct LineBufferTests {
    private func text(_ write: (inout LineBuffer) -> Void) -> String {
        var buffer = LineBuffer()
        write(&buffer)
        return String(decoding: buffer.prefix(.max), as: UTF8.self)
    }

    private func expected(_ string: String) -> String {
        var out: [UInt8] = []
        JSONText.appendQuoted(string, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    @Test func `every character is escaped as the wire escapes it, wherever it stands`() {
        let scalars = (0...0x17F).compactMap(Unicode.Scalar.init) + ["\u{2028}", "\u{2029}", "\u{FEFF}", "😀"]
        for scalar in scalars {
            for length in [1, 7, 8, 9, 16, 19] {
                for place in 0..<length {
                    var characters = [Unicode.Scalar](repeating: "a", count: length)
                    characters[place] = scalar
                    var string = ""
                    string.unicodeScalars.append(contentsOf: characters)
                    let made = text { $0.appendQuoted(string) }
                    #expect(made == expected(string), "U+\(String(scalar.value, radix: 16)) at \(place) of \(length)")
                }
            }
        }
    }

    @Test(arguments: [0, 1, 9, 10, 99, 100, 12_345, .max, .max - 1, 10_000_000_000_000_000_000] as [UInt64])
    func `a number is written in decimal`(value: UInt64) {
        #expect(text { $0.append(value) } == String(value))
    }

    @Test(arguments: [0, -1, 7, .min, .max] as [Int64])
    func `a number below zero too`(value: Int64) {
        #expect(text { $0.append(value) } == String(value))
        #expect(text { $0.append(RequestID.integer(value)) } == String(value))
    }

    @Test func `it grows to what is written, and shrinks when it is cleared`() {
        var buffer = LineBuffer()
        let piece = (0..<255).map { UInt8($0) }
        var whole: [UInt8] = []
        for _ in 0..<10_000 {
            buffer.append(piece)
            whole += piece
        }
        #expect(buffer.prefix(.max) == whole)
        #expect(buffer.lend(from: whole.count - 3) { span in (0..<span.count).map { span[$0] } } == [252, 253, 254])
        buffer.clear()
        #expect(buffer.prefix(.max).isEmpty)
        buffer.append(piece)
        #expect(buffer.prefix(.max) == piece)
    }

    @Test func `a digest is its digits`() {
        let digest = SHA256Digest(SIMD32(repeating: 0xA5))
        #expect(text { $0.append(digest) } == digest.hex)
    }
}
