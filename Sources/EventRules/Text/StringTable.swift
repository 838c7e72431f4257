/// A hash table of strings (as UTF-8) that gives each a number, from 0, and finds it again without an allocation.
///
/// Filled once from a configuration, whose author is trusted, and then only read: the hash needs no secret seed.
struct StringTable: Sendable {
    /// Open addressing, at most half full: an id, or -1.
    private var slots: [Int32]
    /// Where each string ends in `bytes`.
    private var ends: [UInt32] = []
    private var bytes: [UInt8] = []

    init(minimumCapacity: Int = 4) {
        var size = 8
        while size < minimumCapacity * 2 { size *= 2 }
        slots = Array(repeating: -1, count: size)
    }

    var count: Int { ends.count }

    /// The id of `text`, which is added if it is new.
    mutating func insert(_ text: UnsafeBufferPointer<UInt8>) -> Int {
        var slot = firstSlot(of: text)
        while slots[slot] >= 0 {
            let id = Int(slots[slot])
            if equals(id, text) { return id }
            slot = (slot + 1) & (slots.count - 1)
        }
        let id = ends.count
        bytes.append(contentsOf: text)
        ends.append(UInt32(bytes.count))
        slots[slot] = Int32(id)
        if ends.count * 2 > slots.count { grow() }
        return id
    }

    /// The id of `text`; nil where it is not in the table.
    func id(of text: UnsafeBufferPointer<UInt8>) -> Int? {
        var slot = firstSlot(of: text)
        while slots[slot] >= 0 {
            let id = Int(slots[slot])
            if equals(id, text) { return id }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    func withText<Outcome>(of id: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Outcome) -> Outcome {
        let start = id == 0 ? 0 : Int(ends[id - 1])
        let end = Int(ends[id])
        return bytes.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[start..<end])) }
    }

    private func equals(_ id: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = id == 0 ? 0 : Int(ends[id - 1])
        guard Int(ends[id]) - start == text.count else { return false }
        for offset in 0..<text.count where bytes[start + offset] != text[offset] { return false }
        return true
    }

    private mutating func grow() {
        slots = Array(repeating: -1, count: slots.count * 2)
        for id in 0..<ends.count {
            var slot = withText(of: id) { firstSlot(of: $0) }
            while slots[slot] >= 0 { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = Int32(id)
        }
    }

    /// Eight bytes a step, each mixed by a multiplication with 2^64 divided by the golden ratio.
    private func firstSlot(of text: UnsafeBufferPointer<UInt8>) -> Int {
        let raw = UnsafeRawBufferPointer(text)
        var hash = UInt64(truncatingIfNeeded: raw.count)
        var at = 0
        while at + 8 <= raw.count {
            hash = Self.mixed(hash, raw.loadUnaligned(fromByteOffset: at, as: UInt64.self))
            at += 8
        }
        var rest: UInt64 = 0
        while at < raw.count {
            rest = rest << 8 | UInt64(raw[at])
            at += 1
        }
        return Int(truncatingIfNeeded: Self.mixed(hash, rest)) & (slots.count - 1)
    }

    private static func mixed(_ hash: UInt64, _ word: UInt64) -> UInt64 {
        let product = (hash ^ word) &* 0x9E37_79B9_7F4A_7C15
        return product ^ (product >> 32)
    }
}
