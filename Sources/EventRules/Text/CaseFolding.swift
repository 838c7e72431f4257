/// Comparing text without regard to case: two texts are the same when the lower-case forms of their code points are
/// (Unicode's `Lowercase_Mapping`, without context or locale).
enum CaseFolding {
    static func fold(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        for scalar in text.unicodeScalars { result.append(contentsOf: scalar.properties.lowercaseMapping.utf8) }
        return result
    }

    static func equal(_ text: UnsafeBufferPointer<UInt8>, folded: [UInt8]) -> Bool {
        withFolded(text) { Bytes.equal($0, folded) } ?? (text.count == folded.count && asciiEqual(text, at: 0, folded))
    }

    static func hasPrefix(_ text: UnsafeBufferPointer<UInt8>, folded: [UInt8]) -> Bool {
        withFolded(text) { Bytes.hasPrefix($0, folded) } ?? asciiEqual(text, at: 0, folded)
    }

    static func hasSuffix(_ text: UnsafeBufferPointer<UInt8>, folded: [UInt8]) -> Bool {
        withFolded(text) { Bytes.hasSuffix($0, folded) } ?? asciiEqual(text, at: text.count - folded.count, folded)
    }

    /// Folds a text beyond ASCII; nil for ASCII, which is compared where it lies, without an allocation.
    private static func withFolded(
        _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Bool
    ) -> Bool? {
        guard text.contains(where: { $0 >= 0x80 }) else { return nil }
        return fold(String(decoding: text, as: UTF8.self)).withUnsafeBufferPointer(body)
    }

    private static func asciiEqual(_ text: UnsafeBufferPointer<UInt8>, at start: Int, _ folded: [UInt8]) -> Bool {
        guard start >= 0, start + folded.count <= text.count else { return false }
        for offset in 0..<folded.count where Bytes.lowered(text[start + offset]) != folded[offset] { return false }
        return true
    }
}
