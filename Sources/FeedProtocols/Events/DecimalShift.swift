import RelayModel

/// Amounts in a token's units from counts of its smallest ones, exactly: the decimal point moves, nothing is converted.
enum DecimalShift {
    /// More digits, and a point further off, no amount has; what a feed sends must not grow.
    private static let maxDigits = 128
    private static let maxPlaces = 400

    /// The shortest plain decimal (`0.005`, `12`) of a JSON number × 10^-`places`; nil for any other text, and past the bounds.
    static func units(_ number: ArraySlice<UInt8>, places: Int) -> String? {
        guard DecimalNumber(number) != nil else { return nil }
        let isNegative = number.first == UInt8(ascii: "-")
        let text = isNegative ? number.dropFirst() : number
        let exponentAt = text.firstIndex { $0 | 0x20 == UInt8(ascii: "e") } ?? text.endIndex
        let pointAt = text[..<exponentAt].firstIndex(of: UInt8(ascii: ".")) ?? exponentAt
        var point = pointAt - text.startIndex - places
        if exponentAt < text.endIndex {
            guard let exponent = Int16(String(decoding: text[(exponentAt + 1)...], as: UTF8.self)) else { return nil }
            point += Int(exponent)
        }
        var digits = text[..<exponentAt].filter { $0 != UInt8(ascii: ".") }
        let zeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(zeros)
        point -= zeros
        while digits.last == UInt8(ascii: "0") { digits.removeLast() }
        guard !digits.isEmpty else { return "0" }
        guard digits.count <= maxDigits, abs(point) <= maxPlaces else { return nil }
        let sign = isNegative ? "-" : ""
        let (whole, part) = (digits.prefix(max(point, 0)), digits.dropFirst(max(point, 0)))
        let zerosAfter = String(repeating: "0", count: max(point - digits.count, 0))
        let integer = whole.isEmpty ? "0" : String(decoding: whole, as: UTF8.self) + zerosAfter
        guard !part.isEmpty else { return sign + integer }
        return sign + integer + "." + String(repeating: "0", count: max(-point, 0))
            + String(decoding: part, as: UTF8.self)
    }
}
