import Secrets
import XMLText

extension SealedLeaves {
    /// Reads an XML document; `bytes` are wiped and left empty, whatever comes of it. Paths begin below the root element;
    /// an element with elements in it is no leaf.
    init(takingXML bytes: inout [UInt8]) throws(XMLFailure) {
        let content = SecretBytes(takingAndWiping: &bytes)
        let gatherer = LeafGatherer()
        try content.lend { span throws(XMLFailure) in try XMLWalk.over(span, telling: gatherer) }
        self = gatherer.leaves
    }
}

/// Gathers the texts of elements that hold nothing else.
private final class LeafGatherer: XMLListener {
    private struct Element {
        let path: String
        var hasElements = false
    }

    private(set) var leaves = SealedLeaves()
    private var open: [Element] = []
    /// Of the innermost element, until something begins or ends.
    private var text: [UInt8] = []

    func began(_ name: String) {
        wipeText()
        if !open.isEmpty { open[open.count - 1].hasElements = true }
        // The root's own name is not part of a path.
        let parent = open.count > 1 ? open[open.count - 1].path + "/" : ""
        open.append(Element(path: open.isEmpty ? "" : parent + name))
    }

    func text(_ bytes: borrowing RawSpan) {
        guard !bytes.isEmpty else { return }
        // Grown in steps of our own, for an array that grows by itself leaves a copy behind.
        if text.capacity - text.count < bytes.byteCount {
            var larger: [UInt8] = []
            larger.reserveCapacity(max(256, (text.count + bytes.byteCount) * 2))
            larger += text
            wipeText()
            text = larger
        }
        // SAFETY: the buffer is read during the call that lends it.
        unsafe bytes.withUnsafeBytes { unsafe text.append(contentsOf: $0) }
    }

    func ended() {
        guard let element = open.popLast() else { return }
        if element.hasElements {
            wipeText()
        } else {
            leaves.set(element.path, .string, SealedText(takingAndWiping: &text))
        }
    }

    private func wipeText() { _ = SecretBytes(takingAndWiping: &text) }
}
