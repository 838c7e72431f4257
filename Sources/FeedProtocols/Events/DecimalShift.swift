import RelayModel

/// Amounts in a token's units from counts of its smallest ones, exactly: the decimal point moves, nothing is converted.
enum DecimalShift {
    /// More digits, and a point further off, no amount has; what a feed sends must not grow.
    private static let maxDigits = 128
    private static let maxPlaces = 400

    /// The shortest plain decimal (`0.005`, `12`) of a number, or of a string that spells one by JSON's grammar, × 10^-`places`.
    ///
    /// Nil for anything else, and past the bounds.
    static func units(_ document: JSONDocument, _ node: JSONNode, places: Int) -> String? {
        if document.kind(node) == .number { return units(document.slice(node), places) }
        guard let text = document.plainString(node), DecimalNumber(text) != nil else { return nil }
        return units(text, places)
    }

    /// `number` is one by JSON's grammar.
    private static func units(_ number: ArraySlice<UInt8>, _ places: Int) -> String? {
        let isNegative = number.first == UInt8(ascii: "-")
        let text = isNegative ? number.dropFirst() : number
        let exponentAt = text.firstIndex { $0 | 0x20 == UInt8(ascii: "e") } ?? text.endIndex
        // The value is 0.DIGITS × 10^point.
        var point = text[..<exponentAt].firstIndex(of: UInt8(ascii: ".")) ?? exponentAt
        point -= text.startIndex + places
        if exponentAt < text.endIndex {
            guard let exponent = Int16(String(decoding: text[(exponentAt + 1)...], as: UTF8.self)) else { return nil }
            point += Int(exponent)
        }
        var digits: [UInt8] = []
        for byte in text[..<exponentAt] where byte != UInt8(ascii: ".") {
            if digits.isEmpty, byte == UInt8(ascii: "0") { point -= 1 } else { digits.append(byte) }
        }
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        guard !digits.isEmpty else { return "0" }
        guard digits.count <= maxDigits, abs(point) <= maxPlaces else { return nil }
        var result: [UInt8] = isNegative ? [UInt8(ascii: "-")] : []
        func zeros(_ count: Int) { result.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: max(count, 0))) }
        if point <= 0 { zeros(1) }
        result.append(contentsOf: digits.prefix(max(point, 0)))
        zeros(point - digits.count)
        if point < digits.count {
            result.append(UInt8(ascii: "."))
            zeros(-point)
            result.append(contentsOf: digits.dropFirst(max(point, 0)))
        }
        return String(decoding: result, as: UTF8.self)
    }
}
