import Dispatch
import JSONText
import MacieBrokerClient
import Testing

@Suite struct AsyncBrokerClientTests {
    @Test func `calls of many tasks each get their own answer, on one connection`() async throws {
        let broker = FakeBroker { peer in
            while case let request = peer.request(), let method = request["method"] {
                peer.answer(request, method.text)
            }
        }
        let client = AsyncBrokerClient(BrokerClient(at: broker.address))
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            for number in 0..<50 { group.addTask { (number, try await client.call("m\(number)")) } }
            for try await (number, answer) in group { #expect(answer == "\"m\(number)\"") }
        }
    }

    @Test func `every method of the blocking client is there`() async throws {
        let broker = FakeBroker { peer in
            for result in [Samples.session, Samples.caller, Samples.status] {
                let request = peer.request()
                peer.answer(request, result)
            }
        }
        let client = AsyncBrokerClient(BrokerClient(at: broker.address))
        #expect(try await client.session(region: "eu-west-1").session.status == "ENABLED")
        #expect(try await client.whoAmI().uid == 1000)
        #expect(try await client.status().protocolVersion == 1)
    }

    @Test func `a failure is the blocking client's`() async throws {
        let client = AsyncBrokerClient(BrokerClient(at: .path("/nonexistent/broker.sock")))
        await #expect(throws: ClientFailure.noBroker(at: "/nonexistent/broker.sock", .nothingThere)) {
            try await client.session()
        }
    }

    @Test func `a task that is cancelled while it waits gives up at once, and its answer is nobody's`() async throws {
        let asked = DispatchSemaphore(value: 0)
        let mayAnswer = DispatchSemaphore(value: 0)
        let broker = FakeBroker { peer in
            let first = peer.request()
            asked.signal()
            mayAnswer.wait()
            peer.answer(first, "1")
            let second = peer.request()
            peer.answer(second, "2")
        }
        let client = AsyncBrokerClient(BrokerClient(at: broker.address))
        let call = Task { try await client.call("first") }
        await waitOffTheTasks(for: asked)
        call.cancel()
        await #expect(throws: CancellationError.self) { try await call.value }
        mayAnswer.signal()
        #expect(try await client.call("second") == "2")
    }

    @Test func `a task that was cancelled before its turn sends nothing`() async throws {
        let asked = DispatchSemaphore(value: 0)
        let mayAnswer = DispatchSemaphore(value: 0)
        let broker = FakeBroker { peer in
            let first = peer.request()
            asked.signal()
            mayAnswer.wait()
            peer.answer(first, "1")
            let next = peer.request()
            #expect(next["method"] == "third")
            peer.answer(next, "3")
        }
        let client = AsyncBrokerClient(BrokerClient(at: broker.address))
        let first = Task { try await client.call("first") }
        await waitOffTheTasks(for: asked)
        // Immediate: when this line is done, the call waits for its turn.
        let second = Task.immediate { try await client.call("second") }
        second.cancel()
        await #expect(throws: CancellationError.self) { try await second.value }
        mayAnswer.signal()
        #expect(try await first.value == "1")
        #expect(try await client.call("third") == "3")
    }
}

/// A semaphore's wait blocks, which no task's thread may.
private func waitOffTheTasks(for semaphore: DispatchSemaphore) async {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async {
            semaphore.wait()
            continuation.resume()
        }
    }
}
