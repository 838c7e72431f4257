import AdminAPI
import ArgumentParser
import RelayModel

/// `x402-relay replay`: delivered and dead deliveries again.
struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sends delivered and dead deliveries again, under their ids.",
        discussion: """
            Those for which all that is asked holds; at least one of the options is needed. They are sent at once and outside \
            the order, each with a new schedule. A receiver that keeps the ids that it has seen can tell them from new ones. \
            Discarded ones come back only where --id names them.
            """)

    @OptionGroup var file: ConfigurationOption

    @Option(help: ArgumentHelp("Those for this destination.", valueName: "name"))
    var destination: String?

    @Option(help: "Those in this state: dead or delivered; both where it is left out.")
    var state: DeliveryState?

    @Option(help: ArgumentHelp("Those that this rule matched.", valueName: "name"))
    var rule: String?

    @Option(help: "The event with this id (evt_…), or the delivery with this number.")
    var id: String?

    @Option(help: ArgumentHelp("Those whose event, or its payment, has this wallet.", valueName: "address"))
    var wallet: String?

    @Option(help: ArgumentHelp("Those whose event is of this payment: its paymentId.", valueName: "id"))
    var payment: String?

    @Option(
        help: ArgumentHelp("Those accepted then or later: ISO 8601, or a duration ago such as 2h.", valueName: "time"),
        transform: TimeArgument.read)
    var since: Timestamp?

    @Option(help: ArgumentHelp("Those accepted before then.", valueName: "time"), transform: TimeArgument.read)
    var until: Timestamp?

    func validate() throws {
        guard !members.isEmpty else {
            throw ValidationError(
                """
                say what to send again: --destination, --state, --rule, --id, --wallet, --payment, --since or \
                --until
                """)
        }
        if let state, state != .dead, state != .delivered {
            throw ValidationError("--state: only dead or delivered ones are sent again")
        }
        if let id, EventID(id) == nil, !id.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) {
            throw ValidationError("--id: \"\(id)\" is neither evt_ and 32 hexadecimal digits nor a delivery's number")
        }
    }

    private var members: [(name: String, value: String)] {
        let values = [
            ("destination", destination), ("state", state?.rawValue), ("rule", rule), ("id", id), ("wallet", wallet),
            ("payment", payment), ("since", since?.description), ("until", until?.description),
        ]
        return values.compactMap { name, value in value.map { (name, $0) } }
    }

    func run() async throws {
        let access = try await RelayAccess.any(file, for: "replay")
        var body = JSONObjectWriter()
        for member in members { body.string(member.name, member.value) }
        let count = try await access.fields(.post("replay", body: body.bytes)).integer("replayed")
        switch count {
        case 0: Console.print("no delivery fits")
        case 1: Console.print("1 delivery is sent again" + access.whereDown)
        default: Console.print("\(count) deliveries are sent again" + access.whereDown)
        }
    }
}
