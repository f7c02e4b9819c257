import BrokerAudit
import BrokerWire
import Foundation
import Testing

@Suite struct LineAuditSinkTests {
    private let pipe = Pipe()

    private func makeSink() -> LineAuditSink {
        LineAuditSink(descriptor: pipe.fileHandleForWriting.fileDescriptor)
    }

    /// All that has been written, once nobody can write more.
    private func drain() throws -> String {
        try pipe.fileHandleForWriting.close()
        return String(decoding: try pipe.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    }

    @Test func `records come out at the commit, in order, a line each`() throws {
        let sink = makeSink()
        sink.record(makeRecord(id: .integer(1)))
        sink.commit()
        sink.record(makeRecord(id: .string("two\nlines")))
        sink.record(makeRecord(id: .integer(3)))
        sink.commit()
        let lines = [RequestID.integer(1), .string("two\nlines"), .integer(3)].map { line(makeRecord(id: $0)) }
        #expect(try drain() == lines.joined())
    }

    @Test func `what is not committed is not written`() throws {
        let sink = makeSink()
        sink.record(makeRecord())
        #expect(try drain().isEmpty)
        _ = sink
    }

    @Test func `a commit of nothing writes nothing`() throws {
        let sink = makeSink()
        sink.commit()
        sink.commit()
        #expect(try drain().isEmpty)
    }

    @Test func `a batch that grows too large is written without waiting for the commit`() async throws {
        let sink = makeSink()
        let reading = pipe.fileHandleForReading
        let reader = Task { String(decoding: try reading.readToEnd() ?? Data(), as: UTF8.self) }
        let expected = String(repeating: line(makeRecord()), count: 1_000)
        for _ in 0..<1_000 { sink.record(makeRecord()) }
        let closing = pipe.fileHandleForWriting
        sink.commit()
        try closing.close()
        #expect(try await reader.value == expected)
    }

    @Test func `a descriptor that takes nothing costs the records and nothing else`() throws {
        // /dev/full answers every write with ENOSPC: full(4).
        let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
        // The handle is kept until the end: its number would be given to somebody else's socket.
        withExtendedLifetime(full) {
            for descriptor in [Int32(-1), full.fileDescriptor] {
                let sink = LineAuditSink(descriptor: descriptor)
                for _ in 0..<1_000 { sink.record(makeRecord()) }
                sink.commit()
                sink.commit()
            }
        }
    }

    @Test func `after a record that was cut off the next one has a line of its own`() throws {
        let descriptor = pipe.fileHandleForWriting.fileDescriptor
        let flags = fcntl(descriptor, F_GETFL)
        #expect(fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0)
        let sink = makeSink()
        // More than the pipe holds: what it does not take is dropped, in the middle of a record.
        let capacity = Int(fcntl(descriptor, 1_032 /* F_GETPIPE_SZ */))
        for _ in 0...(capacity / line(makeRecord()).utf8.count) { sink.record(makeRecord()) }
        sink.commit()
        let taken = try pipe.fileHandleForReading.read(upToCount: capacity) ?? Data()
        #expect(taken.count == capacity)
        #expect(taken.last != UInt8(ascii: "\n"))
        sink.record(makeRecord(id: .string("whole")))
        sink.commit()
        #expect(try drain() == "\n" + line(makeRecord(id: .string("whole"))))
    }
}
