import BrokerAudit
import BrokerWire
import Foundation
import JSONText
import Testing

@Suite struct LineAuditSinkTests {
    private let pipe = Pipe()

    private func makeSink() -> LineAuditSink {
        LineAuditSink(descriptor: pipe.fileHandleForWriting.fileDescriptor) { .ofTests }
    }

    /// All that has been written, once nobody can write more.
    private func drain() throws -> [JSONValue] {
        try pipe.fileHandleForWriting.close()
        let bytes = [UInt8](try pipe.fileHandleForReading.readToEnd() ?? Data())
        return try bytes.split(separator: UInt8(ascii: "\n")).map { try JSONValue(parsing: Array($0)) }
    }

    private func readWhatIsThere() throws -> [UInt8] {
        var count: CInt = 0
        // SAFETY: FIONREAD writes an int, ioctl_pipe(2).
        try #require(unsafe ioctl(pipe.fileHandleForReading.fileDescriptor, UInt(FIONREAD), &count) == 0)
        return [UInt8](try pipe.fileHandleForReading.read(upToCount: Int(count)) ?? Data())
    }

    @Test func `records come out at the commit, in order, a line each, numbered`() throws {
        let sink = makeSink()
        sink.record(makeRecord(id: .integer(1)))
        #expect(sink.commit())
        sink.record(makeRecord(id: .string("two\nlines")))
        sink.record(makeRecord(id: .integer(3)))
        #expect(sink.commit())
        #expect(sink.head.sequence == 3)
        let values = try drain()
        #expect(values.map { $0["id"] } == [1, "two\nlines", 3])
        #expect(values.map { $0["seq"]?.integer } == [1, 2, 3])
    }

    @Test func `what is not committed is not written`() throws {
        let sink = makeSink()
        sink.record(makeRecord())
        #expect(try drain().isEmpty)
        #expect(sink.head == .start)
    }

    @Test func `a commit of nothing writes nothing`() throws {
        let sink = makeSink()
        #expect(sink.commit())
        #expect(sink.commit())
        #expect(try drain().isEmpty)
    }

    @Test func `a batch that grows too large is written without waiting for the commit`() async throws {
        let sink = makeSink()
        let reading = pipe.fileHandleForReading
        let reader = Task { [UInt8](try reading.readToEnd() ?? Data()) }
        for _ in 0..<1_000 { sink.record(makeRecord()) }
        #expect(sink.head.sequence > 500)
        let closing = pipe.fileHandleForWriting
        #expect(sink.commit())
        try closing.close()
        let lines = try await reader.value.split(separator: UInt8(ascii: "\n"))
        #expect(try lines.map { try JSONValue(parsing: Array($0))["seq"]?.integer } == (1...1_000).map(Int64.init))
    }

    @Test func `a descriptor that takes nothing costs the records and nothing else`() throws {
        // /dev/full answers every write with ENOSPC: full(4).
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        // The handle is kept until the end: its number would be given to somebody else's socket.
        withExtendedLifetime(full) {
            for descriptor in [Int32(-1), full.fileDescriptor] {
                let sink = LineAuditSink(descriptor: descriptor)
                for _ in 0..<1_000 { sink.record(makeRecord()) }
                #expect(sink.commit())
                #expect(sink.commit())
                #expect(sink.isAvailable)
                #expect(sink.head == .start)
            }
        }
    }

    @Test func `after a record that was cut off the next line says what is torn and how much is lost`() throws {
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        let flags = fcntl(descriptor, F_GETFL)
        #expect(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0)
        let sink = makeSink()
        // More than the pipe holds: what it does not take is dropped, in the middle of a record.
        var asked: UInt64 = 0
        while sink.head.sequence == asked {
            for _ in 0..<50 { sink.record(makeRecord()) }
            asked += 50
            #expect(sink.commit())
        }
        let taken = try readWhatIsThere()
        #expect(taken.last != UInt8(ascii: "\n"))
        let torn = try #require(taken.split(separator: UInt8(ascii: "\n")).last)
        let written = sink.head.sequence

        sink.record(makeRecord(id: .string("whole")))
        #expect(sink.commit())
        let values = try drain()
        #expect(values.count == 2)
        #expect(values.first?["event"] == "recovered")
        #expect(values.first?["seq"] == JSONValue(written + 1))
        #expect(values.first?["tornBytes"] == JSONValue(torn.count))
        #expect(values.first?["withdrawn"] == JSONValue(asked - written))
        #expect(values.last?["id"] == "whole")
    }

    @Test func `what is lost more than once is told once, all of it`() throws {
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        let flags = fcntl(descriptor, F_GETFL)
        #expect(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0)
        let filler = [UInt8](repeating: UInt8(ascii: "\n"), count: 4_096)
        // SAFETY: the pointer and the count are of one array that lives for the call.
        while unsafe filler.withUnsafeBytes({ unsafe write(descriptor, $0.baseAddress, $0.count) }) > 0 {}
        let sink = makeSink()
        for count in 1...3 {
            for _ in 0..<count { sink.record(makeRecord()) }
            #expect(sink.commit())
        }
        _ = try readWhatIsThere()
        sink.record(makeRecord())
        #expect(sink.commit())
        let values = try drain()
        #expect(values.map { $0["event"] } == ["recovered", "request"])
        #expect(values.first?["withdrawn"] == 6)
        #expect(values.first?["tornBytes"] == 0)
    }
}
