import AdminAPI
import ArgumentParser

/// `x402-relay payments export`.
struct PaymentsExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Prints the ledger of payments as JSON or CSV.",
        discussion: """
            The oldest first: one JSON object a line, each as show --json prints it, or CSV (RFC 4180) under a line of \
            column names. In CSV a text that begins with = + - @ or a tab has a ' before it, since a spreadsheet would \
            take it for a formula; JSON has every text as it is. Reads the outbox's file by itself, whether the relay runs \
            or not, so only the file has to be readable.
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument {
        case json, csv
    }

    /// Payments looked up at a time, and written at a time.
    private static let pageSize = "1000"

    @OptionGroup var file: ConfigurationOption
    @OptionGroup(title: "Choice") var choice: PaymentChoice

    @Option(help: "What to print.")
    var format = Format.json

    func run() async throws {
        let access = try RelayAccess.file(file, for: "payments export")
        var output = format == .csv ? PaymentCSV.header : []
        var cursor: String?
        repeat {
            var query = choice.query
            query += [AdminRequest.Parameter("limit", Self.pageSize), AdminRequest.Parameter("order", "oldest")]
            if let cursor { query.append(AdminRequest.Parameter("cursor", cursor)) }
            let page = try await access.fields(.get("payments", query: query))
            for payment in page.objects("payments") {
                output += format == .csv ? PaymentCSV.row(payment) : payment.bytes + [UInt8(ascii: "\n")]
            }
            guard Console.write(output) else { return }
            output.removeAll(keepingCapacity: true)
            cursor = page["cursor"]
        } while cursor != nil
    }
}
