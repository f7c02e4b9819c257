/// Colours of a terminal (ECMA-48, SGR), or none of them.
package struct Ink: Sendable {
    private let isColoured: Bool

    package static let coloured = Ink(isColoured: true)
    package static let plain = Ink(isColoured: false)

    func label(_ text: String) -> String { paint(text, "2") }
    func good(_ text: String) -> String { paint(text, "32") }
    func warning(_ text: String) -> String { paint(text, "33") }
    func bad(_ text: String) -> String { paint(text, "1;31") }

    private func paint(_ text: String, _ code: String) -> String {
        isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
