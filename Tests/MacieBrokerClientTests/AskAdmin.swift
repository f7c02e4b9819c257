import JSONText
import MacieBrokerClient
import Testing

/// Asks a broker that expects one call of the administrator's, and answers it.
func askAdmin<T>(
    _ method: String, _ parameters: JSONValue = [:], answer: String, _ ask: (AdminClient) throws -> T
) throws -> T {
    let broker = ListeningBroker { peer in
        let request = peer.request()
        #expect(request["method"]?.string == method)
        #expect(request["params"] == parameters)
        peer.answer(request, answer)
    }
    return try ask(AdminClient(at: broker.path))
}
