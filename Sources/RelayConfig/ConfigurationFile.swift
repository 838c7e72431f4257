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
    package static func load(
        path: String, scope: Scope = .everything,
        environment: @escaping @Sendable (String) -> String? = Surroundings.variable,
        readFile: @escaping @Sendable (String) -> Result<FileContents, FileFault> = LocalFile.read,
        resolve: ((String) -> String?)? = nil
    ) -> Result<LoadedConfiguration, ConfigurationFaults> {
        let folder = LocalFile.folder(of: path)
        let contents: FileContents
        switch readFile(LocalFile.absolute(path, in: LocalFile.workingFolder)) {
        case .success(let read): contents = read
        case .failure(let fault):
            return .failure(whole(path, "\(fault.reason), name the configuration with --config FILE"))
        }
        if let offset = firstByteOutsideUTF8(contents.bytes) {
            return .failure(single(path, contents.bytes, offset, "is not UTF-8: save the file in that encoding"))
        }
        let document: JSONDocument
        do throws(JSONFault) {
            document = try JSONParser(limits: .configuration).parse(contents.bytes)
        } catch {
            let mark = contents.bytes.starts(with: [0xEF, 0xBB, 0xBF])
            let reason = mark ? "a byte order mark stands before the text, save the file without it" : error.reason
            return .failure(single(path, contents.bytes, error.offset, "\(error.kind.rawValue): \(reason)"))
        }
        let reading = Reading(
            scope: scope, folder: folder, environment: environment, readFile: readFile)
        let site = Site(reading: reading, document: document, node: document.root, path: "")
        DuplicateKeys.report(in: site)
        let configuration = Form.object(TopKeys()).read(site)
        if contents.isOpenToOthers, let secret = reading.inlineSecrets.first {
            secret.warn(
                "a secret stands in a file that others can read: chmod 600, or use { \"env\": … } or { \"file\": … }")
        }
        if let resolve, reading.faults.isEmpty { report(reading.hosts, resolve) }
        let index = LineIndex(contents.bytes)
        guard let configuration, reading.faults.isEmpty else {
            return .failure(ConfigurationFaults(faults: placed(reading.faults, path, index)))
        }
        return .success(
            LoadedConfiguration(
                configuration: configuration, warnings: placed(reading.warnings, path, index)))
    }

    private static func firstByteOutsideUTF8(_ bytes: [UInt8]) -> Int? {
        // The usual file is decided at the speed of memory, the place of a fault is looked for only then.
        if String(validating: bytes, as: UTF8.self) != nil { return nil }
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while case .valid(let scalar) = parser.parseScalar(from: &iterator) { offset += scalar.count }
        return offset
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

    private static func whole(_ path: String, _ reason: String) -> ConfigurationFaults {
        ConfigurationFaults(
            faults: [ConfigurationFault(file: path, line: nil, column: nil, key: nil, reason: reason)])
    }

    private static func single(_ path: String, _ bytes: [UInt8], _ offset: Int, _ reason: String)
        -> ConfigurationFaults
    {
        let remark = Reading.Remark(offset: offset, key: "", reason: reason)
        return ConfigurationFaults(faults: placed([remark], path, LineIndex(bytes)))
    }

    /// In the order of the text; what two passes report of one key and place is said once.
    private static func placed(_ remarks: [Reading.Remark], _ path: String, _ index: LineIndex) -> [ConfigurationFault]
    {
        struct Spot: Hashable {
            let offset: Int
            let key: String
        }
        var seen: Set<Spot> = []
        let ordered = remarks.enumerated().sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }
        return ordered.map(\.element).filter { seen.insert(Spot(offset: $0.offset, key: $0.key)).inserted }.map {
            remark in
            let place = index.place(of: remark.offset)
            return ConfigurationFault(
                file: path, line: place.line, column: place.column, key: remark.key.isEmpty ? nil : remark.key,
                reason: remark.reason)
        }
    }
}
