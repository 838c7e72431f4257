import AdminAPI
import ArgumentParser
import RelayModel

/// `x402-relay reload`: the running relay reads its configuration anew.
struct Reload: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Has the running relay read its configuration file anew.",
        discussion: """
            The relay reads the file that it was started with, and its secrets. A file with faults changes nothing: they are \
            printed, and the command ends with 78. Prints what is in force now, and what changed but needs a restart.
            """)

    @OptionGroup var file: ConfigurationOption

    func run() async throws {
        let access = try await RelayAccess.running(file, for: "reload")
        let report = try await access.fields(.post("reload"))
        var lines = report.strings("applied")
        lines += report.strings("needsRestart").map { "needs a restart: \($0)" }
        lines += report.strings("warnings").map { "warning: \($0)" }
        if report.strings("applied").isEmpty { lines.insert("nothing changed", at: 0) }
        Console.print(lines.map(TerminalText.escaped).joined(separator: "\n"))
    }
}
