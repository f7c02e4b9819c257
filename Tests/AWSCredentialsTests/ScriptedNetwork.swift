import AWSCredentials
import AWSRuntime
import Foundation
import Synchronization
import Testing

/// A network that answers as it is told, and remembers what it was asked.
final class ScriptedNetwork: HTTPExchange {
    struct Answer: Sendable {
        var status = 200
        var body = ""
        var headers: [(name: String, value: String)] = []
        var failure: HTTPExchangeFailure?

        static func ok(_ body: String) -> Answer { Answer(body: body) }
        static func status(_ status: Int, _ body: String = "") -> Answer { Answer(status: status, body: body) }
        static func failing(_ failure: HTTPExchangeFailure) -> Answer { Answer(failure: failure) }
    }

    private let answer: @Sendable (HTTPExchangeRequest, Int) -> Answer
    private let asked = Mutex<[HTTPExchangeRequest]>([])

    /// One answer after the other, and the last one again and again.
    convenience init(_ answers: Answer...) {
        self.init { _, number in answers[min(number, answers.count - 1)] }
    }

    /// `answer` is given the request and how many there were before.
    init(_ answer: @escaping @Sendable (HTTPExchangeRequest, Int) -> Answer) { self.answer = answer }

    var requests: [HTTPExchangeRequest] { asked.withLock { $0 } }

    func send(_ request: HTTPExchangeRequest, timeouts: ExchangeTimeouts) async throws -> HTTPExchangeResponse {
        let number = asked.withLock { asked in
            asked.append(request)
            return asked.count - 1
        }
        let answer = answer(request, number)
        if let failure = answer.failure { throw failure }
        return HTTPExchangeResponse(status: answer.status, headers: answer.headers, body: Array(answer.body.utf8))
    }
}

extension HTTPExchangeRequest {
    /// The fields of a form, decoded.
    var form: [String: String] {
        Dictionary(
            String(decoding: body, as: UTF8.self).split(separator: "&").map { pair in
                let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                return (String(parts[0]), String(parts[1]).removingPercentEncoding ?? "")
            }
        ) { $1 }
    }

    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }

    var text: String { String(decoding: body, as: UTF8.self) }
}

extension CredentialSource {
    /// Why it has no credential; nil, and an issue, when it has one.
    func failure(
        for user: SessionUser? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async -> CredentialFailure? {
        await #expect(throws: CredentialFailure.self, sourceLocation: sourceLocation) { try await fetch(for: user) }
    }
}

/// Holds a failure to what each must have: a source, why, what to do, and none of the secrets of these tests.
func expect(
    _ failure: CredentialFailure?, _ kind: CredentialFailure.Kind, from source: String, profile: String? = nil,
    why: String, remedy: String = "", sourceLocation: SourceLocation = #_sourceLocation
) {
    guard let failure else {
        Issue.record("no failure, where “\(why)” was expected", sourceLocation: sourceLocation)
        return
    }
    let text = Comment(rawValue: "\(failure.kind) \(failure)")
    #expect(failure.kind == kind, text, sourceLocation: sourceLocation)
    #expect(failure.source == source, text, sourceLocation: sourceLocation)
    #expect(failure.profile == profile, text, sourceLocation: sourceLocation)
    #expect(failure.why.contains(why), text, sourceLocation: sourceLocation)
    #expect(
        !failure.remedy.isEmpty && (remedy.isEmpty || failure.remedy.contains(remedy)), text,
        sourceLocation: sourceLocation)
    #expect(!failure.description.uppercased().contains("CANARY"), text, sourceLocation: sourceLocation)
}
