/// A text in PEM (RFC 7468): what its blocks are labelled.
///
/// It is read again where it is used; here it is only told from what is no PEM at all.
struct PEMText {
    /// Of the blocks whose base64 holds one DER value, in order.
    let labels: [String]

    init(_ text: String) {
        var labels: [String] = []
        var open: (label: Substring, base64: String)?
        for line in text.split(whereSeparator: \.isNewline) {
            if let label = Self.label(line, "BEGIN") {
                open = (label, "")
            } else if let label = Self.label(line, "END") {
                if let block = open, block.label == label, Self.holdsValue(block.base64) {
                    labels.append(String(label))
                }
                open = nil
            } else if !line.contains(":") {
                open?.base64 += line
            }
        }
        self.labels = labels
    }

    private static func label(_ line: Substring, _ word: String) -> Substring? {
        let start = "-----\(word) "
        guard line.hasPrefix(start), line.hasSuffix("-----"), line.count > start.count + 5 else { return nil }
        return line.dropFirst(start.count).dropLast(5)
    }

    /// The base64 decodes to something that begins as a DER SEQUENCE does.
    private static func holdsValue(_ base64: String) -> Bool {
        base64.utf8.count >= 8 && base64.utf8.count % 4 == 0 && base64.utf8.first == UInt8(ascii: "M")
            && base64.utf8.allSatisfy { byte in
                byte &- UInt8(ascii: "0") <= 9 || (byte | 0x20) &- UInt8(ascii: "a") < 26 || "+/=".utf8.contains(byte)
            }
    }
}
