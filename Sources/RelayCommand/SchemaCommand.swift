import ArgumentParser
import RelayConfig

/// `x402-relay schema`: the JSON Schema of the configuration file, for editors and other checks.
struct SchemaCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema",
        abstract: "Prints the JSON Schema of the configuration file.",
        discussion: """
            Draft 2020-12. It refuses whatever is wrong in one value alone; `check` sees more. In the configuration
            "$schema" can name the file that this was written to.
            """)

    @Flag(help: ArgumentHelp("Print the reference page instead.", visibility: .hidden))
    var reference = false

    func run() async throws {
        Console.write(Array((reference ? ConfigurationReference.text : ConfigurationSchema.text).utf8))
    }
}
