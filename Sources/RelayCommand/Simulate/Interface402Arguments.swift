import ArgumentParser
import FeedSimulation
import RelayModel

/// What only a simulated interface402 feed has.
struct Interface402Arguments: ParsableArguments {
    @Option(help: "A wallet that takes part in payments; can be given several times.")
    var wallet: [String] = []

    @Option(help: "The only API key that is accepted; any, and none, without it.")
    var apiKey: String?

    @Option(help: "The vendor's plan, whose limits are kept: standard or premium; premium without it.")
    var plan: SimulatorOptions.Plan?

    @Option(
        help: ArgumentHelp(
            "One payment in n comes only after its verification, some after the settlement.", valueName: "n"))
    var latePaymentIn: Int?

    /// The names of those that were given.
    var given: [String] {
        let options: [(String, Bool)] = [
            ("--wallet", !wallet.isEmpty), ("--api-key", apiKey != nil), ("--plan", plan != nil),
            ("--late-payment-in", latePaymentIn != nil),
        ]
        return options.filter(\.1).map(\.0)
    }

    func validate() throws {
        try CountOption.check([("late-payment-in", latePaymentIn)])
        for wallet in wallet where WalletAddress.form(of: wallet.utf8) == .other {
            throw ValidationError(
                "--wallet: \"\(wallet)\" is neither base58 of 32 to 44 characters nor 0x and 40 hex digits")
        }
    }

    func options(
        port: Int, rate: EventRate?, count: Int?, seed: UInt64, isLive: Bool, faults: SimulatorFaults
    ) -> SimulatorOptions {
        SimulatorOptions(
            port: port, rate: rate, count: count, seed: seed, wallets: wallet, latePaymentOneIn: latePaymentIn,
            apiKey: apiKey.map { Secret($0) }, plan: plan ?? .premium, isLive: isLive, faults: faults)
    }
}

extension SimulatorOptions.Plan: ExpressibleByArgument {}
