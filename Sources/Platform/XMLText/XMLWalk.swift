internal import CExpat

/// Told of an XML document in the order of its text. The bytes of `text` are lent for the call; one text may come in pieces.
package protocol XMLListener: AnyObject {
    func began(_ name: String)
    func text(_ bytes: borrowing RawSpan)
    func ended()
}

/// Why a text was not read as XML. Nothing of the text is in it.
package enum XMLFailure: Error, Sendable, Equatable {
    /// By expat's own words, and the line, from 1.
    case malformed(String, line: Int)
    /// A document type declaration: entities are declared there, and they could expand without end or name files.
    case documentType
    /// More levels of elements than `XMLWalk.deepest`.
    case tooDeep
    /// More elements than `XMLWalk.elementsAtMost`.
    case tooManyElements
    case outOfMemory
}

/// Reads XML 1.0 with expat, within limits. Elements and text only: attributes and comments are passed over, a document
/// type declaration is refused, so that no entity but XML's own five can occur.
package enum XMLWalk {
    /// Levels of elements; answers of STS have 4.
    package static let deepest = 32
    /// Answers of STS have about 20.
    package static let elementsAtMost = 1_024

    /// Walks the whole of `bytes`, whose length the caller has bounded.
    package static func over(_ bytes: borrowing RawSpan, telling listener: any XMLListener) throws(XMLFailure) {
        // SAFETY: expat copies the encoding's name; the parser is freed below and used by nobody else.
        guard let parser = unsafe XML_ParserCreate("UTF-8") else { throw .outOfMemory }
        defer { unsafe XML_ParserFree(parser) }
        let walk = unsafe Walk(parser: parser, listener: listener)
        let address = unsafe Unmanaged.passUnretained(walk).toOpaque()
        unsafe XML_SetUserData(parser, address)
        unsafe XML_SetElementHandler(
            parser, { data, name, _ in unsafe Walk.at(data)?.began(name) },
            { data, _ in unsafe Walk.at(data)?.ended() })
        unsafe XML_SetCharacterDataHandler(parser) { unsafe Walk.at($0)?.text($1, count: $2) }
        unsafe XML_SetStartDoctypeDeclHandler(parser) { data, _, _, _, _ in unsafe Walk.at(data)?.stop(.documentType) }
        // SAFETY: expat reads the buffer for its count during the call; `walk` is alive until after it.
        let status = unsafe bytes.withUnsafeBytes { buffer in
            unsafe XML_Parse(
                parser, buffer.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(clamping: buffer.count), 1)
        }
        withExtendedLifetime(walk) {}
        if let failure = walk.failure { throw failure }
        guard status == XML_STATUS_OK else {
            let words = unsafe XML_ErrorString(XML_GetErrorCode(parser)).map { unsafe String(cString: $0) }
            throw .malformed(words ?? "not XML", line: Int(clamping: unsafe XML_GetCurrentLineNumber(parser)))
        }
    }
}

/// One walk: what expat's callbacks reach.
@safe private final class Walk {
    private let parser: XML_Parser
    private let listener: any XMLListener
    private var depth = 0
    private var elements = 0
    private(set) var failure: XMLFailure?

    init(parser: XML_Parser, listener: any XMLListener) {
        unsafe self.parser = unsafe parser
        self.listener = listener
    }

    /// The walk that was given to expat as its user data.
    static func at(_ data: UnsafeMutableRawPointer?) -> Walk? {
        // SAFETY: the address is that of a Walk which outlives the parse.
        unsafe data.map { unsafe Unmanaged<Walk>.fromOpaque($0).takeUnretainedValue() }
    }

    func began(_ name: UnsafePointer<CChar>?) {
        guard failure == nil else { return }
        depth += 1
        elements += 1
        guard depth <= XMLWalk.deepest else { return stop(.tooDeep) }
        guard elements <= XMLWalk.elementsAtMost else { return stop(.tooManyElements) }
        // SAFETY: expat's names end with NUL and are valid during the call; the text is a copy.
        listener.began(unsafe name.map { unsafe String(cString: $0) } ?? "")
    }

    func text(_ start: UnsafePointer<CChar>?, count: Int32) {
        guard failure == nil, let start = unsafe start else { return }
        // SAFETY: expat's text is valid for its count during the call.
        let buffer = unsafe UnsafeRawBufferPointer(start: start, count: Int(count))
        listener.text(unsafe buffer.bytes)
    }

    func ended() {
        guard failure == nil else { return }
        depth -= 1
        listener.ended()
    }

    func stop(_ failure: XMLFailure) {
        if self.failure == nil { self.failure = failure }
        _ = unsafe XML_StopParser(parser, XML_Bool(XML_FALSE))
    }
}
