/// Turns byte offsets of a text into lines and columns, both from 1, in one walk over the text.
///
/// Columns count characters (Unicode scalars), as editors do; a line ends with its line feed.
struct LineIndex {
    private let bytes: [UInt8]
    /// How far the walk has come, and the place there.
    private var offset = 0
    private var line = 1
    private var column = 1

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The place of the byte at `wanted`, which must not lie before the one asked for last; the end of the text has one
    /// too.
    mutating func place(of wanted: Int) -> (line: Int, column: Int) {
        precondition(wanted >= offset, "places are asked for in the order of the text")
        while offset < min(wanted, bytes.count) {
            let byte = bytes[offset]
            offset += 1
            if byte == UInt8(ascii: "\n") {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return (line, column)
    }
}
