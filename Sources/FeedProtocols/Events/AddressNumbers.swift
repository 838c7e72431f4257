import RelayModel

/// Numbers the different texts among the strings of one event, from 0 in the order in which they first come.
///
/// A transaction names one account in a dozen places. A set of texts would allocate for each of them.
struct AddressNumbers {
    private let document: JSONDocument
    /// Open addressing, at most half full: a number, or -1.
    private var slots: [Int32]
    /// The first string of each text.
    private(set) var first: [JSONNode] = []

    init(_ document: JSONDocument) {
        self.document = document
        // The accounts of a usual transaction fit.
        slots = Array(repeating: -1, count: 128)
    }

    /// The number of the node's text, a new one where it has not come before; nil for what is no string, and for an empty one.
    mutating func insert(_ node: JSONNode) -> Int? {
        guard let slot = withText(node, slot) else { return nil }
        if slots[slot] >= 0 { return Int(slots[slot]) }
        slots[slot] = Int32(first.count)
        first.append(node)
        if first.count * 2 > slots.count { grow() }
        return first.count - 1
    }

    /// The number of the node's text; nil where it has none.
    func number(of node: JSONNode) -> Int? {
        withText(node) { text in
            let found = slots[slot(of: text)]
            return found >= 0 ? Int(found) : nil
        }
    }

    /// Where the text is, or would be.
    private func slot(of text: UnsafeBufferPointer<UInt8>) -> Int {
        // Seeded anew in each process: what a feed sends cannot be made to collide.
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(text))
        var slot = hasher.finalize() & (slots.count - 1)
        while slots[slot] >= 0, !document.stringEquals(first[Int(slots[slot])], text) {
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        for (number, node) in first.enumerated() {
            if let slot = withText(node, slot) { slots[slot] = Int32(number) }
        }
    }

    private func withText<Outcome>(
        _ node: JSONNode, _ body: (UnsafeBufferPointer<UInt8>) -> Outcome?
    ) -> Outcome? {
        if let plain = document.plainString(node) {
            return plain.isEmpty ? nil : plain.withUnsafeBufferPointer(body)
        }
        guard var text = document.string(node), !text.isEmpty else { return nil }
        return text.withUTF8(body)
    }
}
