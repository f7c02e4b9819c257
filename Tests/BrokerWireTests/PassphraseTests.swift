import BrokerWire
import Testing

@Suite struct PassphraseTests {
    private static let text = "canary open sesame"

    @Test func `it is lent as it was written`() throws {
        let passphrase = try #require(Passphrase(Self.text))
        let bytes = passphrase.lend { span in span.indices.map { span[$0] } }
        #expect(bytes == Array(Self.text.utf8))
    }

    @Test func `two are the same when their bytes are`() throws {
        let passphrase = try #require(Passphrase(Self.text))
        #expect(passphrase == Passphrase(Self.text))
        for other in [Self.text + " ", "", "Canary open sesame", "canary open sesam\u{1}"] {
            #expect(passphrase != Passphrase(other))
        }
        #expect(Passphrase("e\u{301}") != Passphrase("\u{e9}"))
    }

    @Test(arguments: [(0, false), (1, true), (1_024, true), (1_025, false)])
    func `it has 1 to 1024 bytes`(count: Int, isRight: Bool) {
        #expect((Passphrase(String(repeating: "x", count: count)) != nil) == isRight)
    }

    /// Whatever holds it: itself, an optional, the call and the request that it came with, a list, a tuple.
    @Test func `nothing prints it`() throws {
        let line = #"{"jsonrpc":"2.0","id":1,"method":"admin.Lock","params":{"passphrase":"\#(Self.text)"}}"#
        let request = try parse(line, at: .admin)
        guard case .admin(.lock(let passphrase)) = request.call else {
            Issue.record("no lock")
            return
        }
        #expect(Mirror(reflecting: passphrase).children.isEmpty)
        let holders: [Any] = [
            passphrase, Optional(passphrase) as Any, request.call, request, [passphrase], ("p", passphrase),
        ]
        for holder in holders {
            var dumped = ""
            dump(holder, to: &dumped)
            for printed in ["\(holder)", String(describing: holder), String(reflecting: holder), dumped] {
                #expect(!printed.contains("canary"))
                #expect(!printed.contains("99, 97, 110"), "nor its bytes")
            }
        }
    }

    /// What a client hears of a line with a passphrase in it that is no request.
    @Test(arguments: [
        #"{"jsonrpc":"2.0","id":1,"method":"admin.Lock","params":{"passphrase":["canary"]}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"admin.Lock","params":{"passphrase":"canary"},"x":1}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"admin.Lock","params":{"passphrase":"canary","x":"canary"}}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"admin.Lock","params":{"passphrase":"canary"}"#,
        #"{"jsonrpc":"2.0","id":1,"method":"admin.Lck","params":{"passphrase":"canary"}}"#,
    ])
    func `a refusal does not repeat it`(line: String) {
        for door in Door.allCases {
            #expect(refusal(of: line, at: door).map { "\($0)".contains("canary") } == false)
        }
    }
}
