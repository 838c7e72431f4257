import ArgumentParser
import RelayAssembly
import RelayConfig
import RelayModel
import WebhookSigning

/// `x402-relay check`: says whether a configuration can be run, and everything that is wrong with it.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Validates a configuration.",
        discussion: """
            Prints every fault with its line, column and remedy on standard error, and ends with 78 where there is one.
            Reads secrets and the files that the configuration names, and connects to none of the hosts.

            With --resolve it also asks the system's resolver for the host of each feed, destination, proxy and RPC \
            (not for one that an http:// or https:// proxy resolves), and loads the TLS files: certificates, \
            authorities and keys must be usable, and a key must belong to its certificate.
            """)

    @OptionGroup var file: ConfigurationOption

    @Flag(help: "Also resolve the names of hosts and load the TLS files.")
    var resolve = false

    func run() async throws {
        let loaded = try ConfigurationOption.load(file.config, resolves: resolve)
        Console.print(CheckReport.text(loaded, file: file.config))
    }
}

/// What `check` says of a valid configuration: no secrets, of URLs no more than scheme, host and port.
enum CheckReport {
    static func text(_ loaded: LoadedConfiguration, file: String) -> String {
        let configuration = loaded.configuration
        var lines = ["\(file): ok"]
        lines += configuration.feeds.map { "  feed \($0.name): \(summary(of: $0))" }
        lines += configuration.rules.map { rule in
            let feeds = rule.feeds.map { " (feeds \($0.joined(separator: ", ")))" } ?? ""
            return "  rule \(rule.name): to \(rule.deliverTo.joined(separator: ", "))\(feeds)"
        }
        lines += configuration.destinations.map { destination in
            let schemes = destination.signatures.map(\.rawValue).joined(separator: ", ")
            return "  destination \(destination.name): \(origin(destination.url.revealed)), "
                + (schemes.isEmpty ? "not signed" : "signed \(schemes)")
        }
        lines.append("  outbox: \(configuration.outbox.path)")
        lines += loaded.warnings.map { "warning: \($0)" }
        lines += NotYetBuilt.refusals(of: configuration).map { "warning: run refuses this: \($0)" }
        return lines.map(TerminalText.escaped).joined(separator: "\n")
    }

    private static func summary(of feed: FeedConfiguration) -> String {
        let connections = feed.connections == 1 ? "1 connection" : "\(feed.connections) connections"
        let what: String
        switch feed.kind {
        case .interface402(let own):
            // A wallet rule set can hold a hundred thousand of them.
            let shown = own.keys.prefix(5).joined(separator: ", ")
            let more = own.keys.count > 5 ? " and \(own.keys.count - 5) more" : ""
            what = "interface402 at \(origin(feed.url)), keys \(shown)\(more)"
        case .atomicStream(let stream): what = "atomicstream at \(origin(feed.url)), stream \(stream.stream)"
        }
        return "\(what), \(connections)"
    }

    private static func origin(_ url: String) -> String { URLText(url)?.origin ?? "" }
}
