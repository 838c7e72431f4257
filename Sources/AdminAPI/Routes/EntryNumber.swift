import RelayModel

/// The number of a delivery or of a payment.
enum EntryNumber {
    /// From decimal digits, a number from 1; nil for anything else.
    static func read(_ text: String) -> Int64? {
        guard text.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }), let number = Int64(text), number > 0 else {
            return nil
        }
        return number
    }
}

extension DeliveryID {
    /// From its number as `EntryNumber` reads it.
    init?(text: String) {
        guard let number = EntryNumber.read(text) else { return nil }
        self.init(number)
    }
}

/// A client's own text within an answer to it: cut, since it may be as long as a request.
enum Shown {
    static func text(_ text: String) -> String {
        text.unicodeScalars.count > 80 ? String(text.unicodeScalars.prefix(80)) + "…" : text
    }
}
