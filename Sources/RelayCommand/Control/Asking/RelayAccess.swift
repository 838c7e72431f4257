import AdminAPI
import ArgumentParser
import RelayAssembly
import RelayConfig
import RelayModel

/// Why a command cannot do what it was asked for: what is printed, and how the command ends.
struct CommandFault: Error {
    /// Without what a terminal could take for a command.
    let message: String
    let code: ExitCode
}

/// A command's way to what it asks: the relay that serves the outbox, or the outbox alone where none runs.
///
/// Whatever stands against it is thrown as a `CommandFault`.
struct RelayAccess {
    /// The words that messages begin with.
    let command: String
    /// False where the answers come from the outbox alone.
    let isRunning: Bool
    private let channel: any ControlChannel

    /// The relay where one listens beside the outbox of the configuration, else the outbox.
    ///
    /// Prints why and ends with 78 for a configuration that cannot be read; a relay that does not answer is a fault.
    static func any(_ file: ConfigurationOption, for command: String) async throws -> RelayAccess {
        try await any(try file.loadForOperator(), for: command)
    }

    /// The same for a configuration that was read already.
    static func any(
        _ configuration: OperatorConfiguration, for command: String
    ) async throws(CommandFault) -> RelayAccess {
        if let relay = try await running(configuration, command, answerTime: AdminClient.answerTime) { return relay }
        return RelayAccess(command: command, isRunning: false, channel: outbox(configuration))
    }

    /// The relay; as `any`, but it is a fault where none runs.
    static func running(
        _ file: ConfigurationOption, for command: String, answerTime: Duration = AdminClient.answerTime
    ) async throws -> RelayAccess {
        let configuration = try file.loadForOperator()
        guard let relay = try await running(configuration, command, answerTime: answerTime) else {
            throw fault(command, "the relay is not running: nobody listens on \(socketPath(configuration))")
        }
        return relay
    }

    /// The outbox's file, whether its relay runs or not: for what only looks, at more than a relay should be kept busy with.
    static func file(_ file: ConfigurationOption, for command: String) throws -> RelayAccess {
        RelayAccess(command: command, isRunning: false, channel: outbox(try file.loadForOperator()))
    }

    private static func running(
        _ configuration: OperatorConfiguration, _ command: String, answerTime: Duration
    ) async throws(CommandFault) -> RelayAccess? {
        do throws(ControlChannelFault) {
            let client = try await AdminClient.open(socketPath: socketPath(configuration), answerTime: answerTime)
            return client.map { RelayAccess(command: command, isRunning: true, channel: $0) }
        } catch {
            throw fault(command, error.description)
        }
    }

    private static func socketPath(_ configuration: OperatorConfiguration) -> String {
        configuration.outboxPath + ".sock"
    }

    private static func fault(_ command: String, _ reason: String, _ code: ExitCode = .failure) -> CommandFault {
        CommandFault(message: "\(command): \(TerminalText.escaped(reason))", code: code)
    }

    private static func outbox(_ configuration: OperatorConfiguration) -> any ControlChannel {
        AdminRoutes(control: OfflineControl(configuration, now: { RelayClock.wallTime }))
    }

    /// The answer to a request; a fault where there is none, or where it is no success.
    func ask(_ request: AdminRequest) async throws(CommandFault) -> AdminAnswer {
        try success(try await answer(request))
    }

    /// The answer where it is a success; a fault where it is none.
    func success(_ answer: AdminAnswer) throws(CommandFault) -> AdminAnswer {
        guard answer.isSuccess else { throw refusal(answer) }
        return answer
    }

    /// What follows a sentence on something that only happens once the relay runs.
    var whereDown: String { isRunning ? "" : " (the relay is not running; it goes on when it does)" }

    /// The answer's object; as `ask`.
    func fields(_ request: AdminRequest) async throws(CommandFault) -> JSONFields {
        try fields(of: try await ask(request))
    }

    /// The answer, whatever its status; a fault where there is none.
    func answer(_ request: AdminRequest) async throws(CommandFault) -> AdminAnswer {
        do throws(ControlChannelFault) {
            return try await channel.request(request)
        } catch {
            throw Self.fault(command, error.description)
        }
    }

    func fields(of answer: AdminAnswer) throws(CommandFault) -> JSONFields {
        guard let document = try? answer.document() else {
            throw Self.fault(command, "the relay's answer is no JSON: is it of another version?")
        }
        return JSONFields(document)
    }

    /// Why an answer is no success, and the exit code that follows from it.
    private func refusal(_ answer: AdminAnswer) -> CommandFault {
        let code: ExitCode =
            switch answer.status {
            case 400: .validationFailure
            case 422: ExitCode(78)
            default: .failure
            }
        let faults = answer.faults
        guard faults.isEmpty else {
            return CommandFault(message: faults.map(TerminalText.escaped).joined(separator: "\n"), code: code)
        }
        return Self.fault(command, answer.detail ?? "the relay answered with status \(answer.status)", code)
    }
}
