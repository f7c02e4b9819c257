import JSONText
import MacieSimulator
import NIOHTTP1
import Testing

/// The control paths, as another process uses them.
@Suite(.timeLimit(.minutes(1))) struct ControlTests {
    @Test(arguments: [
        (#"{"kind":"fail","exception":"ThrottlingException"}"#, 429, "Rate exceeded"),
        (#"{"kind":"fail","exception":"ResourceNotFoundException","message":"gone","times":1}"#, 404, "gone"),
        (#"{"kind":"malformed","how":"notJSON","times":1}"#, 200, "<html>"),
        (#"{"kind":"slow","milliseconds":1}"#, 200, "ENABLED"),
        (#"{"kind":"clock","offsetSeconds":-900}"#, 403, "Signature not yet current"),
        (#"{"kind":"normal"}"#, 200, "ENABLED"),
    ])
    func `a behaviour is told and shown`(behaviour: String, status: Int, text: String) async throws {
        try await withSimulator(hasControl: true) { simulator in
            let told = try await simulator.put("behaviour", behaviour)
            #expect(told.status == 200 && told.text == "{}")
            let answer = try await simulator.answer(to: SignedGet())
            #expect(answer.status == status)
            #expect(answer.text.contains(text))
        }
    }

    @Test func `hanging up is told`() async throws {
        try await withSimulator(hasControl: true) { simulator in
            let told = try await simulator.put("behaviour", #"{"kind":"hangUp","times":1}"#)
            #expect(told.status == 200)
            await #expect(throws: RawConnection.Closed.self) { try await simulator.answer(to: SignedGet()) }
        }
    }

    @Test func `going away is answered first, and it comes back by itself`() async throws {
        try await withSimulator(hasControl: true) { simulator in
            let bystander = try await RawConnection(port: simulator.port)
            #expect(try await simulator.put("behaviour", #"{"kind":"away","milliseconds":1}"#).status == 200)
            try await bystander.waitUntilClosed()
            try await simulator.answerWhenBack()
        }
    }

    @Test func `a session is told, calls are counted, and neither counts as a call`() async throws {
        try await withSimulator(hasControl: true) { simulator in
            #expect(try await simulator.put("session", #"{"status":"PAUSED","new":[1]}"#).status == 200)
            #expect(try await simulator.answer(to: SignedGet()).text == #"{"status":"PAUSED","new":[1]}"#)
            _ = try await simulator.answer("GET", "/macie")
            #expect(try await simulator.answer("GET", "/simulator/calls").text == #"{"calls":2,"refused":1}"#)
        }
    }

    @Test(arguments: [
        "", "[]", "{", #"{"kind":"unknown"}"#, #"{"kind":7}"#, #"{"kind":"normal","times":1}"#, #"{"kind":"fail"}"#,
        #"{"kind":"fail","exception":"Canary"}"#, #"{"kind":"fail","exception":"ThrottlingException","times":0}"#,
        #"{"kind":"fail","exception":"ThrottlingException","times":1.5}"#, #"{"kind":"slow"}"#,
        #"{"kind":"slow","milliseconds":-1}"#, #"{"kind":"slow","milliseconds":3600001}"#, #"{"kind":"clock"}"#,
        #"{"kind":"malformed","how":"nicely"}"#, #"{"kind":"fail","exception":"ThrottlingException","message":1}"#,
    ])
    func `what is not understood is refused and changes nothing`(body: String) async throws {
        try await withSimulator(hasControl: true) { simulator in
            let told = try await simulator.put("behaviour", body)
            #expect(told.status == 400)
            #expect(try JSONValue(parsing: told.body)["message"]?.string != nil)
            #expect(try await simulator.answer(to: SignedGet()).status == 200)
        }
    }

    @Test func `control paths that do not exist are not found`() async throws {
        try await withSimulator(hasControl: true) { simulator in
            for (method, path) in [("GET", "/simulator/keys"), ("DELETE", "/simulator/session")] {
                let answer = try await simulator.answer(method, path)
                #expect(answer.status == 404)
            }
        }
    }

    @Test(arguments: [("PUT", "behaviour"), ("PUT", "session"), ("GET", "calls")])
    func `without control there are no control paths`(method: String, path: String) async throws {
        try await withSimulator { simulator in
            let answer = try await simulator.answer(method, "/simulator/\(path)", body: Array("{}".utf8))
            #expect(answer.status == 403)
            #expect(answer.headers["x-amzn-ErrorType"] == ["MissingAuthenticationTokenException"])
        }
    }
}

extension MacieSimulator {
    fileprivate func put(_ path: String, _ body: String) async throws -> RawConnection.Answer {
        try await answer("PUT", "/simulator/\(path)", body: Array(body.utf8))
    }

    /// Asks until it listens again; the suite's time limit is the bound.
    fileprivate func answerWhenBack() async throws {
        while true {
            do {
                #expect(try await answer(to: SignedGet()).status == 200)
                return
            } catch {
                await Task.yield()
            }
        }
    }
}
