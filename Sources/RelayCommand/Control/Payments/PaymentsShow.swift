import AdminAPI
import ArgumentParser

/// `x402-relay payments show`.
struct PaymentsShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows a payment: what was signed for whom, and what came of it.")

    @OptionGroup var file: ConfigurationOption

    @Argument(help: "The payment's number, as payments list shows it.")
    var id: String

    @Flag(help: "Print JSON: the payment.")
    var json = false

    func run() async throws {
        let access = try await RelayAccess.any(file, for: "payments show")
        let answer = try await access.ask(.get("payments", id))
        guard !json else {
            Console.print(String(decoding: answer.body, as: UTF8.self))
            return
        }
        Console.print(PaymentText.block(try access.fields(of: answer)))
    }
}
