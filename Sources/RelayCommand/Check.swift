import ArgumentParser
import RelayAssembly
import RelayConfig
import RelayModel
import WebhookSigning
import X402Payments

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
        if let payments = configuration.payments { lines.append("  payments: \(summary(of: payments))") }
        lines.append("  outbox: \(configuration.outbox.path)")
        lines += loaded.warnings.map { "warning: \($0)" }
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
        case .atomicStream(let stream):
            let watched = [("account", stream.accounts), ("program", stream.programs), ("mint", stream.mints)]
                .filter { !$0.1.isEmpty }.map { "\($0.1.count) \($0.0)\($0.1.count == 1 ? "" : "s")" }
            what =
                "atomicstream at \(origin(feed.url)), stream \(stream.stream) (\(stream.version), renewed by \(stream.renew))"
                + (watched.isEmpty ? "" : ", watches \(watched.joined(separator: ", "))")
        }
        return "\(what), \(connections)"
    }

    /// The wallet by its public key, and what may be spent from it.
    private static func summary(of payments: PaymentsConfiguration) -> String {
        let wallet = (try? SolanaWallet(payments.wallet)).map { "\($0.address)" } ?? "a wallet that cannot be read"
        let limits = [
            ("payment", payments.perPayment as TokenAmount?), ("hour", payments.perHour), ("day", payments.perDay),
            ("total", payments.total),
        ].compactMap { name, limit in
            limit.map { name == "total" ? "\($0) in total" : "\($0) \(name == "hour" ? "an" : "a") \(name)" }
        }
        let rpcs = payments.rpcURLs.map { origin($0.revealed) }.joined(separator: ", ")
        return "from \(wallet), at most \(limits.joined(separator: ", ")); RPC \(rpcs)"
    }

    private static func origin(_ url: String) -> String { URLText(url)?.origin ?? "" }
}
