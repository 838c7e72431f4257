import ArgumentParser
import RelayConfig

/// `--config FILE`, for every command that concerns a relay.
struct ConfigurationOption: ParsableArguments {
    @Option(help: ArgumentHelp("The configuration file.", valueName: "file"))
    var config = "relay.json"

    /// The configuration with its secrets; prints all faults and ends with 78 where it has any.
    func load() throws -> LoadedConfiguration { try Self.load(config) }

    /// The same for commands that need the rules, but no secret.
    func loadWithoutSecrets() throws -> LoadedConfiguration { try Self.load(config, scope: .rules) }

    /// The configuration as the file has it now, without printing a fault.
    func reload() -> Result<LoadedConfiguration, ConfigurationFaults> { ConfigurationFile.load(path: config) }

    /// What commands need that look into the outbox, whatever else is wrong with the file; prints faults and ends with 78.
    func loadForOperator() throws -> OperatorConfiguration {
        switch ConfigurationFile.loadForOperator(path: config) {
        case .success(let configuration): return configuration
        case .failure(let faults):
            Console.error(faults.description)
            throw ExitCode(78)
        }
    }

    /// The configuration at `path`; prints all faults and ends with 78 where it has any.
    ///
    /// - Parameter resolves: also asks whether each host's name leads to an address, and whether TLS files can be used.
    static func load(_ path: String, scope: ConfigurationFile.Scope = .everything, resolves: Bool = false) throws
        -> LoadedConfiguration
    {
        let resolve: ((String) -> String?)? = resolves ? { Surroundings.resolve($0) } : nil
        let checkTLS: ((TLSFiles) -> TLSFiles.Fault?)? = resolves ? { TLSFileCheck.fault(of: $0) } : nil
        switch ConfigurationFile.load(path: path, scope: scope, resolve: resolve, checkTLS: checkTLS) {
        case .success(let loaded): return loaded
        case .failure(let faults):
            Console.error(faults.description)
            throw ExitCode(78)
        }
    }
}
