/// Writes a JSON object member by member, in the order of the calls and without spaces.
package struct JSONObjectWriter: Sendable {
    private var open: [UInt8] = [UInt8(ascii: "{")]

    package init() {}

    /// The object as written so far, closed.
    package var bytes: [UInt8] { open + [UInt8(ascii: "}")] }
    /// The same as text.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// A member whose value is a string.
    package mutating func string(_ key: String, _ text: String) {
        append(key)
        JSONEscapes.append(text, to: &open)
    }

    /// A member whose value is a string, or `null` for none.
    package mutating func string(_ key: String, orNull text: String?) {
        if let text { string(key, text) } else { value(key, "null") }
    }

    /// A member whose value is an array of strings.
    package mutating func strings(_ key: String, _ texts: [String]) {
        value(key, "[" + texts.map(JSONEscapes.quoted).joined(separator: ",") + "]")
    }

    /// A member whose value's description is its JSON: a number, a Boolean, a text that is JSON already.
    package mutating func value(_ key: String, _ json: some CustomStringConvertible) {
        append(key)
        open.append(contentsOf: json.description.utf8)
    }

    /// A member whose value is these bytes, which are JSON already and go in as they are.
    package mutating func raw(_ key: String, _ json: [UInt8]) {
        append(key)
        open.append(contentsOf: json)
    }

    /// A member whose value is an object that `fill` writes.
    package mutating func object(_ key: String, _ fill: (inout JSONObjectWriter) -> Void) {
        var inner = JSONObjectWriter()
        fill(&inner)
        raw(key, inner.bytes)
    }

    /// A member whose value is an array of objects, each written by `fill`.
    package mutating func objects<Element>(
        _ key: String, _ elements: [Element], _ fill: (Element, inout JSONObjectWriter) -> Void
    ) {
        append(key)
        open.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { open.append(UInt8(ascii: ",")) }
            var inner = JSONObjectWriter()
            fill(element, &inner)
            open.append(contentsOf: inner.bytes)
        }
        open.append(UInt8(ascii: "]"))
    }

    private mutating func append(_ key: String) {
        if open.count > 1 { open.append(UInt8(ascii: ",")) }
        JSONEscapes.append(key, to: &open)
        open.append(UInt8(ascii: ":"))
    }
}
