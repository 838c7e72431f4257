import RelayModel

/// Reads a configuration file: the whole, valid configuration, or everything that is wrong with it.
package enum ConfigurationFile {
    /// What is looked at beside the file itself.
    package enum Scope: Sendable {
        /// Secrets, address files and TLS files: for what connects and sends.
        case everything
        /// Address files only; secrets are empty in the result.
        case rules
    }

    /// Reads the file at `path`.
    ///
    /// Relative paths in it start at its folder. The message of each fault begins with `path` as it is given here.
    ///
    /// - Parameters:
    ///   - environment: the value of an environment variable.
    ///   - readFile: reads a file by its absolute path.
    ///   - resolve: why a host's name leads to no address, nil where it does; asked of every host that the file leads to,
    ///     when nothing else is wrong. Without it names are not resolved.
    ///   - checkTLS: why TLS files cannot be used, nil where they can; asked of those of each feed and destination, when
    ///     nothing else is wrong. Without it they are only known to be PEM.
    package static func load(
        path: String, scope: Scope = .everything,
        environment: @escaping @Sendable (String) -> String? = Surroundings.variable,
        readFile: @escaping @Sendable (String) -> Result<FileContents, FileFault> = LocalFile.read,
        resolve: ((String) -> String?)? = nil,
        checkTLS: ((TLSFiles) -> TLSFiles.Fault?)? = nil
    ) -> Result<LoadedConfiguration, ConfigurationFaults> {
        let text: ConfigurationText
        switch ConfigurationText.read(path: path, readFile: readFile) {
        case .success(let read): text = read
        case .failure(let faults): return .failure(faults)
        }
        let document = text.document
        let reading = Reading(
            scope: scope, folder: text.folder, environment: environment, readFile: readFile)
        let site = Site(reading: reading, document: document, node: document.root, path: "")
        DuplicateKeys.report(in: site)
        let configuration = Form.object(TopKeys()).read(site)
        if text.isOpenToOthers, let secret = reading.inlineSecrets.first {
            secret.warn(
                "a secret stands in a file that others can read: chmod 600, or use { \"env\": … } or { \"file\": … }")
        }
        if reading.faults.isEmpty {
            if let resolve { report(reading.hosts, resolve) }
            if let checkTLS { report(reading.tlsFiles, checkTLS) }
        }
        guard let configuration, reading.faults.isEmpty else {
            return .failure(text.placed(reading.faults))
        }
        return .success(
            LoadedConfiguration(
                configuration: configuration, warnings: text.placed(reading.warnings).faults))
    }

    private static func report(_ hosts: [Located<String>], _ resolve: (String) -> String?) {
        var known: [String: String?] = [:]
        for host in hosts {
            let problem = known[host.value] ?? resolve(host.value)
            known[host.value] = .some(problem)
            if let problem {
                host.site.fault("the host \(host.value) cannot be resolved: \(problem)")
            }
        }
    }

    private static func report(_ files: [Located<TLSFiles>], _ check: (TLSFiles) -> TLSFiles.Fault?) {
        for found in files {
            guard let fault = check(found.value) else { continue }
            let name = fault.key.rawValue
            let (document, node) = (found.site.document, found.site.node)
            document.member(node, name).map { found.site.member(name, $0).fault(fault.reason) }
        }
    }
}
