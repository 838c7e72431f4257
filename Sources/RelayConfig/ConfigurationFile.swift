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
        if reading.faults.isEmpty {
            if let resolve { report(reading.hosts, resolve) }
            if let checkTLS { report(reading.tlsFiles, checkTLS) }
        }
        guard let configuration, reading.faults.isEmpty else {
            return .failure(placed(reading.faults, path, contents.bytes))
        }
        return .success(
            LoadedConfiguration(
                configuration: configuration, warnings: placed(reading.warnings, path, contents.bytes).faults))
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

    private static func report(_ files: [Located<TLSFiles>], _ check: (TLSFiles) -> TLSFiles.Fault?) {
        for found in files {
            guard let fault = check(found.value) else { continue }
            let name = fault.key.rawValue
            let (document, node) = (found.site.document, found.site.node)
            document.member(node, name).map { found.site.member(name, $0).fault(fault.reason) }
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
        return placed([remark], path, bytes)
    }

    /// The faults kept of one file: more nobody reads, and a file of many megabytes can hold millions.
    private static let faultLimit = 1000

    /// The first in the order of the text; what two passes report of one key and place is said once.
    private static func placed(_ remarks: [Reading.Remark], _ path: String, _ bytes: [UInt8]) -> ConfigurationFaults {
        struct Spot: Hashable {
            let offset: Int
            let key: String
        }
        var seen: Set<Spot> = []
        let ordered = remarks.enumerated().sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }
            .map(\.element).filter { seen.insert(Spot(offset: $0.offset, key: $0.key)).inserted }
        var index = LineIndex(bytes)
        let faults = ordered.prefix(faultLimit).map { remark in
            let place = index.place(of: remark.offset)
            return ConfigurationFault(
                file: path, line: place.line, column: place.column, key: remark.key.isEmpty ? nil : remark.key,
                reason: remark.reason)
        }
        return ConfigurationFaults(faults: faults, omitted: ordered.count - faults.count)
    }
}
