import AdminAPI
import ArgumentParser
import RelayModel

/// `x402-relay deliveries list`.
struct DeliveriesList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists deliveries, the newest first.",
        discussion: """
            One page at a time: where there are more, the last line says how to go on. Without --state all are listed.
            """)

    /// What the API takes of one page.
    private static let limits = 1...1000

    @OptionGroup var file: ConfigurationOption
    @OptionGroup(title: "Choice") var choice: DeliveryChoice

    @Option(help: "Deliveries on the page.")
    var limit = 100

    @Option(help: "Goes on from the page that gave this cursor.")
    var cursor: String?

    @Flag(help: "Print JSON: deliveries, and the cursor of the next page or null.")
    var json = false

    func validate() throws {
        guard Self.limits.contains(limit) else {
            throw ValidationError("--limit: \(limit) is not in \(Self.limits.lowerBound) to \(Self.limits.upperBound)")
        }
    }

    func run() async throws {
        let access = try await RelayAccess.any(file, for: "deliveries list")
        let page = try await GatheredPage(of: "deliveries", from: cursor, limit: limit) { cursor, limit in
            try await access.fields(request(from: cursor, limit))
        }
        Console.print(
            json ? String(decoding: page.json, as: UTF8.self) : DeliveryText.page(page, now: RelayClock.wallTime))
    }

    private func request(from cursor: String?, _ limit: Int) -> AdminRequest {
        var query = choice.query + [AdminRequest.Parameter("limit", String(limit))]
        if let cursor { query.append(AdminRequest.Parameter("cursor", cursor)) }
        return .get("deliveries", query: query)
    }
}
