import BrokerAudit
import BrokerWire
import Foundation
import Testing

@Suite struct AuditTailTests {
    private func shown(_ line: String) -> String { AuditTail.text(of: Array(line.utf8)) }

    @Test func `a request is a line in columns`() throws {
        let allowed = try line(makeRecord(requestID: "r-1", cached: true))
        let denied = try line(
            makeRecord(
                origin: makeOrigin(uid: 7, user: nil, executable: "/usr/bin/ci", unit: "ci.service"), region: nil,
                decision: .deny(rule: "ci", at: nil, lacks: ["region", "unit"]), outcome: "PermissionDenied"))
        #expect(
            shown(allowed) + shown(denied) == """
                2026-03-01T08:00:00.125Z  #1        alice(1000)      allow     macie2:GetMacieSession audit/us-east-1\
                           ok               37 µs, cached, rule "auditors" (broker.yaml:7), pid 4242, request r-1
                2026-03-01T08:00:00.125Z  #1        uid 7            deny      macie2:GetMacieSession audit\
                                     PermissionDenied 37 µs, rule "ci", lacks region, unit, pid 4242, /usr/bin/ci, ci.service

                """)
    }

    @Test func `an event tells its members`() throws {
        #expect(
            shown(try line(.setLogLevel(level: "debug", previous: "info"), by: .init(uid: 0, pid: 9)))
                == "2026-03-01T08:00:00.125Z  #1        setLogLevel      by={\"uid\":0,\"pid\":9} level=debug previous=info\n"
        )
        #expect(shown(try line(.stop)) == "2026-03-01T08:00:00.125Z  #1        stop            \n")
    }

    @Test func `nothing that is recorded can play with the terminal`() throws {
        let wild = "a\u{1b}]0;owned\u{7}\u{9b}2J\r\u{8}\u{202e}\u{2066}\u{200b}\u{ad}\u{e0041}\nb"
        let texts = [
            try line(
                makeRecord(
                    id: .string(wild), origin: makeOrigin(user: wild, executable: wild, unit: wild), action: wild,
                    profile: wild, region: wild, decision: .deny(rule: wild, at: wild, lacks: [wild]), outcome: wild,
                    requestID: wild)),
            try line(.auditUnavailable(reason: wild, refused: 1)), wild,
        ]
        for text in texts.map(shown) {
            #expect(text.hasSuffix("\n"))
            #expect(
                text.dropLast().unicodeScalars.allSatisfy {
                    $0.properties.generalCategory != .control && $0.properties.generalCategory != .format
                        && $0 != "\u{2028}" && $0 != "\u{2029}"
                }, "\(text)")
            #expect(text.contains("\\u{1b}]0;owned\\u{7}\\u{9b}2J"))
        }
    }

    @Test func `what is no record is shown as such`() {
        #expect(shown("{\"seq\":1}") == "?? {\"seq\":1}\n")
        #expect(AuditTail.text(of: [0xFF, 0x41]) == "?? \u{FFFD}A\n")
    }
}

@Suite struct AuditFollowerTests {
    private let place: Place

    init() throws { place = try Place() }

    private func sequences(_ lines: [[UInt8]]) -> [Int?] {
        lines.map { line in
            String(decoding: line, as: UTF8.self).firstMatch(of: #/^{"seq":(\d+),/#).flatMap { Int($0.1) }
        }
    }

    @Test func `the last lines, as many as are asked for`() throws {
        let audit = try place.open()
        for id in 1...2_500 { audit.record(makeRecord(id: .integer(Int64(id)))) }
        #expect(audit.commit())
        for count in [0, 1, 10, 2_500, 10_000] {
            let lines = try AuditFollower(place.path).last(count, keepsTheRest: false)
            #expect(sequences(lines) == (1...2_500).suffix(count))
        }
    }

    @Test func `what is appended comes once it is a whole line`() throws {
        let audit = try place.open()
        #expect(audit.tell(1))
        let follower = try AuditFollower(place.path)
        #expect(sequences(try follower.last(10, keepsTheRest: true)) == [1])
        var new: [[UInt8]] = []
        try follower.new { new.append($0) }
        #expect(new.isEmpty)
        #expect(audit.tell(2))
        #expect(audit.tell(3))
        try follower.new { new.append($0) }
        #expect(sequences(new) == [2, 3])
        let handle = try #require(FileHandle(forWritingAtPath: place.path))
        try handle.seekToEnd()
        for piece in ["{\"seq\":4,", "half", "\n"] {
            try handle.write(contentsOf: Data(piece.utf8))
            try follower.new { new.append($0) }
            #expect(new.count == (piece == "\n" ? 3 : 2))
        }
        #expect(new.last == Array("{\"seq\":4,half".utf8))
    }

    @Test func `it goes on in the file that takes the place of the one it reads`() throws {
        let audit = try place.open()
        #expect(audit.tell(1))
        let follower = try AuditFollower(place.path)
        _ = try follower.last(10, keepsTheRest: true)
        #expect(audit.tell(2))
        audit.rotate()
        #expect(audit.tell(4))
        var new: [[UInt8]] = []
        try follower.new { new.append($0) }
        #expect(audit.tell(5))
        try follower.new { new.append($0) }
        #expect(sequences(new) == [2, 3, 4, 5])
    }
}
