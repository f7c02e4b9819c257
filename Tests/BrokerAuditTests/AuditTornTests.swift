import BrokerAudit
import Foundation
import JSONText
import Testing

/// What a crash leaves: a last line without its end.
@Suite struct AuditTornTests {
    private let place: Place

    init() throws { place = try Place() }

    /// Three records.
    private func makeSample() throws -> [UInt8] {
        do {
            let audit = try place.open()
            for id in 1...3 { #expect(audit.tell(Int64(id))) }
        }
        return try bytes(of: place.path)
    }

    @Test func `wherever a crash cuts the file, what is left is kept, recorded and gone on from`() throws {
        let whole = try makeSample()
        for length in 0..<whole.count {
            try place.write(Array(whole[..<length]))
            let kept = whole[..<length].count { $0 == UInt8(ascii: "\n") }
            do {
                let audit = try place.open()
                try #require(audit.isAvailable)
                try #require(audit.tell(9))
            }
            let now = try bytes(of: place.path)
            try #require(now.starts(with: whole[..<length]))
            let (summary, findings) = try place.verify()
            try #require(findings.isEmpty, "\(length): \(findings)")
            // A record that lacks nothing but its LF is one.
            let isBoundary = length == 0 || whole[length - 1] == UInt8(ascii: "\n")
            let isWhole = whole[length] == UInt8(ascii: "\n")
            try #require(summary.tornAccountedFor == (isBoundary || isWhole ? 0 : 1))
            try #require(Int(summary.records) == kept + (isBoundary ? 1 : isWhole ? 3 : 2))
        }
    }

    @Test func `the record of a torn line says its length and hash`() throws {
        let whole = try makeSample()
        let torn = Array("{\"seq\":4,\"prev".utf8)
        try place.write(whole + torn)
        _ = try place.open()
        let last = try #require(try bytes(of: place.path).split(separator: UInt8(ascii: "\n")).last)
        let value = try JSONValue(parsing: Array(last))
        #expect(value["seq"] == 4)
        #expect(value["event"] == "recovered")
        #expect(value["reason"] == "the broker ended while it wrote a record")
        #expect(value["tornBytes"] == JSONValue(torn.count))
        #expect(value["tornSHA256"]?.string == sha256(of: torn))
    }

    @Test func `a crash while that was being recorded is recorded too`() throws {
        let whole = try makeSample()
        try place.write(whole + Array("{\"seq\":4,".utf8))
        do { _ = try place.open() }
        let recovered = try bytes(of: place.path)
        for length in whole.count..<recovered.count {
            try place.write(Array(recovered[..<length]))
            do { _ = try place.open() }
            let (summary, findings) = try place.verify()
            try #require(findings.isEmpty, "\(length): \(findings)")
            try #require(summary.tornAccountedFor == (length == whole.count ? 0 : 1))
        }
    }

    @Test func `a torn line cannot be changed or removed afterwards`() throws {
        let whole = try makeSample()
        let torn = Array("{\"seq\":4,\"prev\":\"00".utf8)
        try place.write(whole + torn)
        do {
            let audit = try place.open()
            #expect(audit.tell(5))
        }
        let now = try bytes(of: place.path)
        for offset in whole.count...(whole.count + torn.count) {
            var changed = now
            changed[offset] ^= 1
            try place.write(changed)
            try #require(try !place.findings().isEmpty, "\(offset)")
            var cut = now
            cut.remove(at: offset)
            try place.write(cut)
            try #require(try !place.findings().isEmpty, "\(offset)")
        }
        try place.write(whole + now[(whole.count + torn.count + 1)...])
        #expect(try place.findings().map(\.kind) == [.removed])
    }
}
