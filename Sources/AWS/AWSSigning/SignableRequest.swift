/// An HTTP request as the signer sees it: a value, all in memory.
package struct SignableRequest: Sendable {
    package var method: String
    /// As it stands on the wire. What is not escaped there (a space, "ሴ") may be left so here.
    package var path: String
    /// What follows the "?", without it; empty when there is none.
    package var query: String
    /// All of them are signed, in any order; a name may come more than once.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(
        method: String, path: String, query: String = "", headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }
}
