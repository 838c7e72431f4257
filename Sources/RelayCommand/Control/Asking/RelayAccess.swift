import AdminAPI
import ArgumentParser
import RelayAssembly
import RelayConfig
import RelayModel

/// A command's way to what it asks: the relay that serves the outbox, or the outbox alone where none runs.
struct RelayAccess {
    /// The words that messages begin with.
    let command: String
    /// False where the answers come from the outbox alone.
    let isRunning: Bool
    private let channel: any ControlChannel

    /// The relay where one listens beside the outbox of the configuration, else the outbox.
    ///
    /// Prints why and ends with 78 for a configuration that cannot be read, with 1 for a relay that does not answer.
    static func any(_ file: ConfigurationOption, for command: String) async throws -> RelayAccess {
        let configuration = try file.loadForOperator()
        if let relay = try await running(configuration, command, answerTime: AdminClient.answerTime) { return relay }
        return RelayAccess(command: command, isRunning: false, channel: outbox(configuration))
    }

    /// The relay; as `any`, but ends with 1 where none runs.
    static func running(
        _ file: ConfigurationOption, for command: String, answerTime: Duration = AdminClient.answerTime
    ) async throws -> RelayAccess {
        let configuration = try file.loadForOperator()
        guard let relay = try await running(configuration, command, answerTime: answerTime) else {
            report(command, "the relay is not running: nobody listens on \(socketPath(configuration))")
            throw ExitCode.failure
        }
        return relay
    }

    /// The outbox's file, whether its relay runs or not: for what only looks, at more than a relay should be kept busy with.
    static func file(_ file: ConfigurationOption, for command: String) throws -> RelayAccess {
        RelayAccess(command: command, isRunning: false, channel: outbox(try file.loadForOperator()))
    }

    private static func running(
        _ configuration: OperatorConfiguration, _ command: String, answerTime: Duration
    ) async throws -> RelayAccess? {
        do throws(ControlChannelFault) {
            let client = try await AdminClient.open(socketPath: socketPath(configuration), answerTime: answerTime)
            return client.map { RelayAccess(command: command, isRunning: true, channel: $0) }
        } catch {
            report(command, error.description)
            throw ExitCode.failure
        }
    }

    private static func socketPath(_ configuration: OperatorConfiguration) -> String {
        configuration.outboxPath + ".sock"
    }

    private static func report(_ command: String, _ reason: String) {
        Console.error("\(command): \(TerminalText.escaped(reason))")
    }

    private static func outbox(_ configuration: OperatorConfiguration) -> any ControlChannel {
        AdminRoutes(control: OfflineControl(configuration, now: { RelayClock.wallTime }))
    }

    /// The answer to a request; prints why and ends where there is none, or where it is no success.
    func ask(_ request: AdminRequest) async throws -> AdminAnswer {
        try success(try await answer(request))
    }

    /// The answer where it is a success; prints why not and ends where it is none.
    func success(_ answer: AdminAnswer) throws -> AdminAnswer {
        guard answer.isSuccess else { throw refusal(answer) }
        return answer
    }

    /// What follows a sentence on something that only happens once the relay runs.
    var whereDown: String { isRunning ? "" : " (the relay is not running; it goes on when it does)" }

    /// The answer's object; as `ask`.
    func fields(_ request: AdminRequest) async throws -> JSONFields {
        try fields(of: try await ask(request))
    }

    /// The answer, whatever its status; prints why and ends where there is none.
    func answer(_ request: AdminRequest) async throws -> AdminAnswer {
        do throws(ControlChannelFault) {
            return try await channel.request(request)
        } catch {
            Self.report(command, error.description)
            throw ExitCode.failure
        }
    }

    func fields(of answer: AdminAnswer) throws -> JSONFields {
        guard let document = try? answer.document() else {
            Self.report(command, "the relay's answer is no JSON: is it of another version?")
            throw ExitCode.failure
        }
        return JSONFields(document)
    }

    /// Prints why an answer is no success; the exit code that follows from it.
    private func refusal(_ answer: AdminAnswer) -> ExitCode {
        let faults = answer.faults
        if faults.isEmpty {
            Self.report(command, answer.detail ?? "the relay answered with status \(answer.status)")
        } else {
            Console.error(faults.map(TerminalText.escaped).joined(separator: "\n"))
        }
        switch answer.status {
        case 400: return .validationFailure
        case 422: return ExitCode(78)
        default: return .failure
        }
    }
}
