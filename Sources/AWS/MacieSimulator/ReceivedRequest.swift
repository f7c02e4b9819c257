/// A request as it came in. Its headers may hold a session token: it shows its method and path alone, whatever prints it.
package struct ReceivedRequest: Sendable, CustomStringConvertible, CustomReflectable {
    package let method: String
    /// As on the wire.
    package let path: String
    /// Without the "?"; empty when there is none.
    package let query: String
    /// In order, names in their own case.
    package let headers: [(name: String, value: String)]
    package let body: [UInt8]

    init(method: String, target: String, headers: [(name: String, value: String)], body: [UInt8]) {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        self.method = method
        path = String(parts[0])
        query = parts.count == 2 ? String(parts[1]) : ""
        self.headers = headers
        self.body = body
    }

    /// All values of a header, in order.
    package func values(of name: String) -> [String] {
        headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
    }

    /// The value of a header that comes exactly once.
    package func header(_ name: String) -> String? {
        let values = values(of: name)
        return values.count == 1 ? values[0] : nil
    }

    package var description: String { "\(method) \(path)" }
    package var customMirror: Mirror { Mirror(self, children: ["method": method, "path": path]) }
}
