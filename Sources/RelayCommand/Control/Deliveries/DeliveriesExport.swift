import AdminAPI
import ArgumentParser

/// `x402-relay deliveries export`.
struct DeliveriesExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Prints deliveries with their events and attempts, one JSON object a line.",
        discussion: """
            The oldest first, each as show --json prints it, with its newest 1,000 attempts. Reads the outbox's file by itself, whether the relay runs or \
            not, so only the file has to be readable. What is accepted or removed meanwhile may be there or not.
            """)

    /// Deliveries looked up at a time.
    private static let pageSize = "1000"
    /// Bytes gathered for one write.
    private static let chunkSize = 64 << 10

    @OptionGroup var file: ConfigurationOption
    @OptionGroup(title: "Choice") var choice: DeliveryChoice

    func run() async throws {
        let access = try RelayAccess.file(file, for: "deliveries export")
        var cursor: String?
        var output: [UInt8] = []
        repeat {
            var query = choice.query
            query += [AdminRequest.Parameter("limit", Self.pageSize), AdminRequest.Parameter("order", "oldest")]
            if let cursor { query.append(AdminRequest.Parameter("cursor", cursor)) }
            let page = try await access.fields(.get("deliveries", query: query))
            for id in page.objects("deliveries").compactMap({ $0["id"] }) {
                let answer = try await access.answer(.get("deliveries", id))
                // Removed since the page was read.
                if answer.status == 404 { continue }
                output += Self.line(try access.success(answer).body)
                if output.count >= Self.chunkSize {
                    guard Console.write(output) else { return }
                    output.removeAll(keepingCapacity: true)
                }
            }
            cursor = page["cursor"]
        } while cursor != nil
        Console.write(output)
    }

    /// The object on a line of its own: line breaks between the tokens of an event, the only ones that JSON can have, become
    /// spaces.
    static func line(_ object: [UInt8]) -> [UInt8] {
        object.map { $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\r") ? UInt8(ascii: " ") : $0 }
            + [UInt8(ascii: "\n")]
    }
}
