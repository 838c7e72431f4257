import RelayModel

/// What a command that looks into an outbox needs of the configuration: where the outbox is, and what else can be read without
/// asking whether the relay could be run with it.
package struct OperatorConfiguration: Hashable, Sendable {
    /// A destination as the file names it.
    package struct Destination: Hashable, Sendable {
        package let name: String
        /// Without user, password and query; nil where the file has no URL that can be read.
        package let url: String?

        package init(name: String, url: String?) {
            self.name = name
            self.url = url
        }
    }

    /// Absolute.
    package let outboxPath: String
    /// In bytes; the default where the file has none that can be read.
    package let maxSize: Int64
    /// In the file's order.
    package let destinations: [Destination]

    package init(outboxPath: String, maxSize: Int64, destinations: [Destination]) {
        self.outboxPath = outboxPath
        self.maxSize = maxSize
        self.destinations = destinations
    }
}

extension ConfigurationFile {
    /// Reads of the file at `path` what a command that looks into an outbox needs: no secret, no other file.
    ///
    /// A rule or a destination that is faulty now must not keep an operator from his deliveries: so the only faults are a file
    /// that is no JSON object, and `outbox` or `outbox.path` where it is faulty.
    package static func loadForOperator(
        path: String, readFile: @escaping @Sendable (String) -> Result<FileContents, FileFault> = LocalFile.read
    ) -> Result<OperatorConfiguration, ConfigurationFaults> {
        let text: ConfigurationText
        switch ConfigurationText.read(path: path, readFile: readFile) {
        case .success(let read): text = read
        case .failure(let faults): return .failure(faults)
        }
        // Nothing is read beside the file: no key that is looked at names a variable or a file.
        let reading = Reading(scope: .rules, folder: text.folder, environment: { _ in nil }, readFile: readFile)
        let site = Site(reading: reading, document: text.document, node: text.document.root, path: "")
        guard site.kind == .object else {
            site.mismatch("an object", showsValue: false)
            return .failure(text.placed(reading.faults))
        }
        DuplicateKeys.report(in: site)
        let (keys, file) = (TopKeys(), ObjectReader(site))
        let outbox = file[keys.outbox]
        let faults = reading.faults.filter { [keys.outbox.name, "\(keys.outbox.name).path"].contains($0.key) }
        guard faults.isEmpty else { return .failure(text.placed(faults)) }
        return .success(
            OperatorConfiguration(
                outboxPath: outbox.path, maxSize: outbox.maxSize,
                destinations: destinations(file.site(keys.destinations.name))))
    }

    private static func destinations(_ site: Site?) -> [OperatorConfiguration.Destination] {
        guard let site, site.kind == .object else { return [] }
        let document = site.document
        return document.members(site.node).compactMap { key, value in
            guard let name = document.string(key), NameText.isName(name) else { return nil }
            let isObject = document.kind(value) == .object
            let url = isObject ? document.member(value, "url").flatMap { document.string($0) } : nil
            return OperatorConfiguration.Destination(name: name, url: url.flatMap { URLText($0)?.withoutSecrets })
        }
    }
}

extension URLText {
    /// Without user, password and query: what may be shown of a URL.
    fileprivate var withoutSecrets: String { origin + rest.prefix { $0 != "?" } }
}
