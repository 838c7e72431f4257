import RelayModel

/// Writes a JSON object member by member, in the order of the calls and without spaces.
struct JSONObjectWriter {
    private var open: [UInt8] = [UInt8(ascii: "{")]

    /// The object as written so far, closed.
    var bytes: [UInt8] { open + [UInt8(ascii: "}")] }
    var text: String { String(decoding: bytes, as: UTF8.self) }

    mutating func string(_ key: String, _ text: String) {
        append(key)
        JSONEscapes.append(text, to: &open)
    }

    mutating func strings(_ key: String, _ texts: [String]) {
        value(key, "[" + texts.map(JSONEscapes.quoted).joined(separator: ",") + "]")
    }

    /// A member whose value's description is its JSON: a number, a Boolean, a text that is JSON already.
    mutating func value(_ key: String, _ json: some CustomStringConvertible) {
        append(key)
        open.append(contentsOf: json.description.utf8)
    }

    private mutating func append(_ key: String) {
        if open.count > 1 { open.append(UInt8(ascii: ",")) }
        JSONEscapes.append(key, to: &open)
        open.append(UInt8(ascii: ":"))
    }
}
