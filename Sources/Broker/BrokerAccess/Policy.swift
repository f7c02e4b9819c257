/// All rules in force. A deny that covers a request wins over every grant; what no grant allows is denied.
package struct Policy: Sendable {
    package enum Mode: String, Sendable {
        case enforce
        /// What would be denied is let through, and recorded as such: for finding out what a policy has to say.
        case observe
    }

    package let mode: Mode
    /// In the order of the file, which is the order in which they are asked.
    package let grants: [Rule]
    package let denies: [Rule]

    package init(mode: Mode = .enforce, grants: [Rule], denies: [Rule] = []) {
        self.mode = mode
        self.grants = grants
        self.denies = denies
    }

    /// What `peer` may do: the rules that name them, looked up once per connection, asked once per request.
    package func rights(of peer: Peer) -> Rights { Rights(of: peer, in: self) }
}
