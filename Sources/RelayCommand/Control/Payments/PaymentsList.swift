import AdminAPI
import ArgumentParser
import RelayModel

/// `x402-relay payments list`.
struct PaymentsList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the signed payments, the newest first.",
        discussion: """
            One page at a time: where there are more, the last line says how to go on. Without --state all are listed. \
            Every state but expired counts as spent.
            """)

    /// What the API takes of one page.
    private static let limits = 1...1000

    @OptionGroup var file: ConfigurationOption
    @OptionGroup(title: "Choice") var choice: PaymentChoice

    @Option(help: "Payments on the page.")
    var limit = 100

    @Option(help: "Goes on from the page that gave this cursor.")
    var cursor: String?

    @Flag(
        help: "Print JSON: payments, the cursor of the next page or null, and what the running relay has spent or null."
    )
    var json = false

    func validate() throws {
        guard Self.limits.contains(limit) else {
            throw ValidationError("--limit: \(limit) is not in \(Self.limits.lowerBound) to \(Self.limits.upperBound)")
        }
    }

    func run() async throws {
        let access = try await RelayAccess.any(file, for: "payments list")
        let page = try await GatheredPage(of: "payments", with: ["spend"], from: cursor, limit: limit) {
            cursor, limit in
            try await access.fields(request(from: cursor, limit))
        }
        Console.print(json ? String(decoding: page.json, as: UTF8.self) : PaymentText.page(page))
    }

    private func request(from cursor: String?, _ limit: Int) -> AdminRequest {
        var query = choice.query + [AdminRequest.Parameter("limit", String(limit))]
        if let cursor { query.append(AdminRequest.Parameter("cursor", cursor)) }
        return .get("payments", query: query)
    }
}
