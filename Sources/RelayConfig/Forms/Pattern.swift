/// Regular expressions for the schema, in what ECMAScript and Python read alike.
enum Pattern {
    /// All of the text; the look-ahead is for readers whose `$` also stands before a last line feed.
    static func whole(_ inner: String) -> String { "^(?:\(inner))$(?!\\n)" }

    /// The whole numbers from 0 to `limit`, zeros before them allowed.
    static func number(upTo limit: Int64) -> String {
        let digits = Array(String(limit))
        var choices: [String] = digits.count > 1 ? ["[0-9]{1,\(digits.count - 1)}"] : []
        for (index, digit) in digits.enumerated() where digit != "0" {
            let rest = digits.count - index - 1
            let below = digit == "1" ? "0" : "[0-\((digit.wholeNumberValue ?? 1) - 1)]"
            choices.append(String(digits[..<index]) + below + (rest > 0 ? "[0-9]{\(rest)}" : ""))
        }
        return "0*(?:\((choices + [String(digits)]).joined(separator: "|")))"
    }

    static let base58 = "[1-9A-HJ-NP-Za-km-z]"
    static let solanaAddress = "\(base58){32,44}"
    static let evmAddress = "0x[0-9A-Fa-f]{40}"
    static let octet = "(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    static let ipv4 = "(?:\(octet)\\.){3}\(octet)"

    /// RFC 3986, section 3.2.2.
    static let ipv6: String = {
        let word = "[0-9A-Fa-f]{1,4}"
        let last = "(?:\(word):\(word)|\(ipv4))"
        func before(_ most: Int) -> String { most < 0 ? "" : "(?:(?:\(word):){0,\(most)}\(word))?" }
        var choices = ["(?:\(word):){6}\(last)"]
        for most in -1...4 { choices.append("\(before(most))::(?:\(word):){\(4 - most)}\(last)") }
        choices += ["\(before(5))::\(word)", "\(before(6))::"]
        return choices.joined(separator: "|")
    }()
}
