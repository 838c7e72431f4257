/// Payments as CSV (RFC 4180): a line of column names, then a line each, ended by CR and LF.
enum PaymentCSV {
    /// What an accountant asks for first, then the rest; the names of JSON but for the first.
    private static let columns = [
        "time", "feed", "amount", "asset", "recipient", "transaction", "state", "served", "reason", "id", "stream",
        "purpose", "atomic", "network", "payer", "memo", "blockhash", "sends", "sentAt", "endedAt",
    ]

    static let header = line(columns)

    static func row(_ payment: JSONFields) -> [UInt8] {
        line(
            columns.map { column in
                switch column {
                case "time": payment["at"] ?? ""
                case "served": payment.bytes(column).map { String(decoding: $0, as: UTF8.self) } ?? ""
                case "sends": payment.number(column)
                default: payment[column] ?? ""
                }
            })
    }

    private static func line(_ cells: [String]) -> [UInt8] {
        Array(cells.map(cell).joined(separator: ",").utf8) + [UInt8(ascii: "\r"), UInt8(ascii: "\n")]
    }

    /// In quotes where it has a character of the format.
    ///
    /// Spreadsheets run a cell that begins as a formula does, and a memo or a reason is the server's: the apostrophe makes a
    /// text of it. No amount and no time begins so.
    static func cell(_ text: String) -> String {
        let begins = text.utf8.first.map { "=+-@\t\r\n".utf8.contains($0) } ?? false
        let safe = begins ? "'" + text : text
        guard safe.utf8.contains(where: { ",\"\r\n".utf8.contains($0) }) else { return safe }
        return "\"" + safe.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
