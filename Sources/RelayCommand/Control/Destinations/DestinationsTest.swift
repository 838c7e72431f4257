import AdminAPI
import ArgumentParser
import RelayModel

/// `x402-relay destinations test`.
struct DestinationsTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Sends a test event to a destination and waits for what comes of it.",
        discussion: """
            The event has the type relay.test. Prints the delivery and its first attempt, and ends with 0 when it was \
            delivered, with 1 when it was not, or not within 30 seconds. A delivery that failed is tried again by the schedule.
            """)

    /// Two of a destination's usual time limits.
    private static let patience = Duration.seconds(30)
    private static let interval = Duration.milliseconds(100)

    @OptionGroup var file: ConfigurationOption

    @Argument(help: "The destination's name in the configuration.")
    var name: String

    func run() async throws {
        let access = try await RelayAccess.running(file, for: "destinations test")
        let delivery = try await access.fields(.post("destinations", name, "test"))
        let id = delivery["id"] ?? ""
        Console.print(DeliveryText.line(delivery, now: RelayClock.wallTime))
        if let reason = try await stopped(access) {
            Console.error("destinations test: \(TerminalText.escaped(reason)): the delivery waits until it is resumed")
            throw ExitCode.failure
        }
        let deadline = ContinuousClock.now + Self.patience
        while ContinuousClock.now < deadline {
            let found = try await access.fields(.get("deliveries", id))
            if let attempt = found.objects("history").first {
                Console.print(DeliveryText.outcome(attempt))
                guard let reason = attempt["error"] else { return }
                Console.error("destinations test: \(name) did not take it: \(TerminalText.escaped(reason))")
                throw ExitCode.failure
            }
            try await Task.sleep(for: Self.interval)
        }
        Console.error(
            "destinations test: no attempt has ended within \(ReadableText.span(Self.patience)); see deliveries show \(id)"
        )
        throw ExitCode.failure
    }

    /// Why nothing is sent to the destination; nil where it is.
    private func stopped(_ access: RelayAccess) async throws -> String? {
        let all = try await access.fields(.get("destinations")).objects("destinations")
        guard let found = all.first(where: { $0["name"] == name }), let state = found["state"],
            ["paused", "disabled"].contains(state)
        else { return nil }
        return "the destination \(name) is \(state)" + (found["reason"].map { " (\($0))" } ?? "")
    }
}
