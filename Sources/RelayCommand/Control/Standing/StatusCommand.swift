import AdminAPI
import ArgumentParser
import RelayConfig
import RelayModel

/// `x402-relay status`: how the relay stands.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows how the relay stands: what flows, what is stuck, and why.",
        discussion: """
            What is wrong comes first. Of many feeds or destinations the worst 20 are shown, all with --all. Where the relay \
            is not running it shows what its outbox holds, and says so. Colours are left out where the output is no terminal, \
            or NO_COLOR is set.

            --watch goes on whatever becomes of the relay; Ctrl-C or SIGTERM ends it with 0. Where the output is no terminal \
            it prints one block after the other.
            """)

    private static let interval = Duration.seconds(2)
    /// From ten a second to one an hour: more often would keep the relay busy with counting.
    private static let intervals = Duration.milliseconds(100)...Duration.seconds(3600)

    @OptionGroup var file: ConfigurationOption

    @Flag(help: "Show it anew again and again, until the command is ended.")
    var watch = false

    @Option(help: ArgumentHelp("With --watch: how often, such as 10s (default: 2s).", valueName: "duration"))
    var interval: CommandDuration?

    @Flag(help: "Show all feeds, destinations and reasons, however many there are.")
    var all = false

    @Flag(help: "Print JSON; with --watch one object a line.")
    var json = false

    func validate() throws {
        guard let interval else { return }
        guard watch else { throw ValidationError("--interval needs --watch") }
        guard Self.intervals.contains(interval.value) else {
            throw ValidationError("--interval: \(interval.defaultValueDescription) is not in 100ms to 1h")
        }
    }

    func run() async throws {
        let configuration = try file.loadForOperator()
        // What cannot be looked at once is not watched either.
        let first = try await Self.look(configuration)
        let terminal = Terminal.output
        let form = StatusForm(isJSON: json, showsAll: all, isScreen: watch && !json && terminal.isScreen)
        guard watch else {
            Console.print(form.text(first, terminal))
            return
        }
        let watching = StatusWatch(interval: interval?.value ?? Self.interval, form: form) {
            do throws(CommandFault) {
                return .success(try await Self.look(configuration))
            } catch {
                return .failure(error)
            }
        }
        await watching.run()
    }

    /// Anew each time: the relay may have stopped, or come back.
    private static func look(_ configuration: OperatorConfiguration) async throws(CommandFault) -> StatusLook {
        let access = try await RelayAccess.any(configuration, for: "status")
        let answer = try await access.ask(.get("status"))
        return StatusLook(body: answer.body, fields: try access.fields(of: answer))
    }
}
