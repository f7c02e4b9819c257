import BrokerWire
import Testing

@Suite struct LineSplitterTests {
    /// Feeds `bytes` in pieces of `chunk`; returns the lines, and whether a line was too long.
    private func split(_ bytes: [UInt8], chunk: Int, limit: Int) -> (lines: [[UInt8]], tooLong: Bool) {
        var splitter = LineSplitter(limit: limit)
        var lines: [[UInt8]] = []
        var start = 0
        while start < bytes.count {
            let piece = Array(bytes[start..<min(start + chunk, bytes.count)])
            do {
                let taken = try splitter.feed(piece.span) { line in
                    lines.append(copy(line))
                    return .goOn
                }
                #expect(taken == piece.count)
            } catch {
                return (lines, true)
            }
            start += chunk
        }
        return (lines, false)
    }

    private func copy(_ line: Span<UInt8>) -> [UInt8] { line.indices.map { line[$0] } }

    private func texts(_ lines: [[UInt8]]) -> [String] { lines.map { String(decoding: $0, as: UTF8.self) } }

    @Test(arguments: [1, 2, 3, 5, 7, 13, 64, 1_000])
    func `lines come out the same however the bytes are cut`(chunk: Int) {
        let text = "one\n\ntwo\r\nthree: \u{1F600}\n\n\n\(String(repeating: "x", count: 60))\nunfinished"
        let (lines, tooLong) = split(Array(text.utf8), chunk: chunk, limit: 64)
        #expect(!tooLong)
        #expect(texts(lines) == ["one", "", "two\r", "three: \u{1F600}", "", "", String(repeating: "x", count: 60)])
    }

    @Test(arguments: [1, 2, 3, 7, 64, 100])
    func `a line may have exactly its limit, its LF not counted`(chunk: Int) {
        let fits = [UInt8](repeating: 0x61, count: 64) + [0x0A]
        #expect(split(fits + fits, chunk: chunk, limit: 64).lines == [Array(fits.dropLast()), Array(fits.dropLast())])
        #expect(!split(fits + fits, chunk: chunk, limit: 64).tooLong)
    }

    @Test(arguments: [1, 2, 3, 7, 64, 100])
    func `the first byte too many ends it, LF or not`(chunk: Int) {
        let unended = [UInt8](repeating: 0x61, count: 65)
        for bytes in [unended, unended + [0x0A], Array("ok\n".utf8) + unended] {
            #expect(split(bytes, chunk: chunk, limit: 64).tooLong)
        }
        #expect(texts(split(Array("ok\n".utf8) + unended, chunk: chunk, limit: 64).lines) == ["ok"])
        #expect(!split(Array(unended.dropLast()), chunk: chunk, limit: 64).tooLong)
    }

    @Test(arguments: [1, 2, 3, 4])
    func `when take stops the rest is the caller's`(wanted: Int) throws {
        let bytes = Array("a\nbb\nccc\ndddd\neeeee".utf8)
        var splitter = LineSplitter(limit: 64)
        var lines: [[UInt8]] = []
        let taken = try splitter.feed(bytes.span) { line in
            lines.append(copy(line))
            return lines.count < wanted ? .goOn : .stop
        }
        #expect(texts(lines) == Array(["a", "bb", "ccc", "dddd"].prefix(wanted)))
        #expect(taken == lines.map { $0.count + 1 }.reduce(0, +))
        #expect(!splitter.isInsideLine)

        let rest = Array(bytes[taken...])
        _ = try splitter.feed(rest.span) { line in
            lines.append(copy(line))
            return .goOn
        }
        #expect(texts(lines) == ["a", "bb", "ccc", "dddd"])
        #expect(splitter.isInsideLine)
    }

    @Test func `a line that is left is among the rest`() throws {
        let bytes = Array("a\nbb\nc".utf8)
        var splitter = LineSplitter(limit: 64)
        var seen = 0
        let taken = try splitter.feed(bytes.span) { _ in
            seen += 1
            return seen == 1 ? .goOn : .leave
        }
        #expect((taken, seen) == (2, 2))
        #expect(splitter.bytesHeld == 0)
    }

    @Test func `a rest that was not taken is not held against the limit`() throws {
        let bytes = Array("a\n".utf8) + [UInt8](repeating: 0x62, count: 100)
        var splitter = LineSplitter(limit: 8)
        #expect(try splitter.feed(bytes.span) { _ in .stop } == 2)
    }

    @Test func `a line has begun with its first byte and ended with its LF`() throws {
        var splitter = LineSplitter(limit: 8)
        for (text, isInside) in [
            ("a", true), ("b", true), ("\n", false), ("\n", false), ("a\nb", true), ("\nc\n", false),
        ] {
            let bytes = Array(text.utf8)
            _ = try splitter.feed(bytes.span) { _ in .goOn }
            #expect(splitter.isInsideLine == isInside, "\(text)")
        }
    }
}
