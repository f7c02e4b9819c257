/// The query of a canonical request.
enum CanonicalQuery {
    /// Appends the parameters of `query`, escaped and in the order of (escaped name, escaped value); the order of
    /// "name=value" would be another one. A name without "=" is signed with an empty value, as "name=".
    static func append(_ query: String, to out: inout ByteText) throws(SigningFailure) {
        guard !query.isEmpty else { return }
        guard !HTTPText.hasControls(query) else { throw .unsendable(.query) }
        var parameters = query.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false)
            .map(Parameter.init)
        parameters.sort(by: Parameter.precedes)
        for (index, parameter) in parameters.enumerated() {
            if index > 0 { out.append(UInt8(ascii: "&")) }
            out.append(parameter.name.bytes.span)
            out.append(UInt8(ascii: "="))
            out.append(parameter.value.bytes.span)
        }
    }

    private struct Parameter {
        var name = ByteText(room: 32)
        var value = ByteText(room: 32)

        init(_ text: Substring.UTF8View) {
            let equals = text.firstIndex(of: UInt8(ascii: "=")) ?? text.endIndex
            URIEncoding.append(text[..<equals].span, escapes: .understood, to: &name)
            URIEncoding.append(text[equals...].dropFirst().span, escapes: .understood, to: &value)
        }

        static func precedes(_ left: Parameter, _ right: Parameter) -> Bool {
            left.name.bytes == right.name.bytes
                ? left.value.bytes.lexicographicallyPrecedes(right.value.bytes)
                : left.name.bytes.lexicographicallyPrecedes(right.name.bytes)
        }
    }
}
