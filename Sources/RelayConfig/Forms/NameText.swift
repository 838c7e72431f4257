/// The name of a feed, destination or rule.
enum NameText {
    static let phrase = "1 to 64 characters out of letters, digits, \"-\", \"_\" and \".\""
    static let schemaPattern = Pattern.whole("[A-Za-z0-9_.-]{1,64}")

    static func isName(_ text: String) -> Bool {
        (1...64).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                    true
                default: false
                }
            }
    }
}
