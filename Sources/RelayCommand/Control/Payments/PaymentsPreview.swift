import AdminAPI
import ArgumentParser
import RelayAssembly
import RelayConfig
import RelayModel

/// `x402-relay payments preview`.
struct PaymentsPreview: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview", abstract: "Asks each paid feed for its price without paying, beside the limits.",
        discussion: """
            Per slice, hour, day and month of 30 days. How long a slice lasts is taken from the running relay, else it is \
            assumed to be 5 minutes. Ends with 1 where a feed's price is not known.
            """)

    @OptionGroup var file: ConfigurationOption

    @Flag(help: "Print JSON: feeds, what all of them cost, the limits, and what they do not cover.")
    var json = false

    func run() async throws {
        let configuration = try file.loadWithoutSecrets().configuration
        let preview = await PriceInquiry(configuration).preview(sliceSeconds: try await knownSlices())
        Console.print(json ? PreviewJSON.object(preview).text : PreviewText.text(preview))
        let isKnown = preview.feeds.allSatisfy { (try? $0.price.get()) != nil }
        if !isKnown { throw ExitCode.failure }
    }

    /// By feed; of a relay that does not run or does not answer nothing.
    private func knownSlices() async throws -> [String: Int] {
        let access = try await RelayAccess.any(file, for: "payments preview")
        guard access.isRunning else { return [:] }
        var known: [String: Int] = [:]
        for feed in try await access.fields(.get("feeds")).objects("feeds") {
            guard let name = feed["name"], let slice = feed.object("slice") else { continue }
            known[name] = Int(slice.number("sliceSeconds"))
        }
        return known
    }
}
