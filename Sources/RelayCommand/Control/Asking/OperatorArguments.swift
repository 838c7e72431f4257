import AdminAPI
import ArgumentParser
import RelayConfig
import RelayModel

extension DeliveryState: ExpressibleByArgument {}
extension LedgerEntry.State: ExpressibleByArgument {}

/// A time on the command line.
enum TimeArgument {
    /// As ISO 8601, so that a duration ago means the same moment on every page.
    static func read(_ text: String) throws -> Timestamp {
        guard let time = AcceptanceTime.parse(text, now: RelayClock.wallTime) else {
            throw ValidationError("give \(AcceptanceTime.form)")
        }
        return time
    }
}

/// An event's id on the command line.
enum EventArgument {
    static func read(_ text: String) throws -> EventID {
        guard let id = EventID(text) else { throw ValidationError("give evt_ and 32 hexadecimal digits") }
        return id
    }
}

/// Which deliveries `list` and `export` concern.
struct DeliveryChoice: ParsableArguments {
    @Option(help: ArgumentHelp("Only those for this destination.", valueName: "name"))
    var destination: String?

    @Option(help: "Only those in this state.")
    var state: DeliveryState?

    @Option(
        help: ArgumentHelp(
            "Only those accepted then or later: ISO 8601, or a duration ago such as 2h.", valueName: "time"),
        transform: TimeArgument.read)
    var since: Timestamp?

    @Option(help: ArgumentHelp("Only those accepted before then.", valueName: "time"), transform: TimeArgument.read)
    var until: Timestamp?

    @Option(help: ArgumentHelp("Only those that this rule matched.", valueName: "name"))
    var rule: String?

    @Option(help: ArgumentHelp("Only those of this event.", valueName: "id"), transform: EventArgument.read)
    var event: EventID?

    @Option(help: ArgumentHelp("Only those whose event, or its payment, has this wallet.", valueName: "address"))
    var wallet: String?

    @Option(help: ArgumentHelp("Only those whose event is of this payment: its paymentId.", valueName: "id"))
    var payment: String?

    var query: [AdminRequest.Parameter] {
        let values = [
            ("destination", destination), ("state", state?.rawValue), ("since", since?.description),
            ("until", until?.description), ("rule", rule), ("event", event?.description), ("wallet", wallet),
            ("payment", payment),
        ]
        return values.compactMap { name, value in value.map { AdminRequest.Parameter(name, $0) } }
    }
}

/// Which payments `list` and `export` concern.
struct PaymentChoice: ParsableArguments {
    @Option(help: ArgumentHelp("Only those of this feed.", valueName: "name"))
    var feed: String?

    @Option(help: "Only those in this state.")
    var state: LedgerEntry.State?

    @Option(
        help: ArgumentHelp(
            "Only those signed then or later: ISO 8601, or a duration ago such as 2h.", valueName: "time"),
        transform: TimeArgument.read)
    var since: Timestamp?

    @Option(help: ArgumentHelp("Only those signed before then.", valueName: "time"), transform: TimeArgument.read)
    var until: Timestamp?

    var query: [AdminRequest.Parameter] {
        let values = [
            ("feed", feed), ("state", state?.rawValue), ("since", since?.description), ("until", until?.description),
        ]
        return values.compactMap { name, value in value.map { AdminRequest.Parameter(name, $0) } }
    }
}
