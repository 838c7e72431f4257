import RelayModel

/// One pass over a configuration file: what is wrong with it so far, and what its values are read with.
///
/// Confined to the call that reads the file.
final class Reading {
    /// Something said about a place of the text.
    struct Remark {
        /// The byte in the text; nil where the text as a whole is meant.
        var offset: Int
        var key: String
        var reason: String
    }

    let scope: ConfigurationFile.Scope
    /// Where relative paths start.
    let folder: String
    let environment: @Sendable (String) -> String?
    private let readFile: @Sendable (String) -> Result<FileContents, FileFault>
    private(set) var faults: [Remark] = []
    private(set) var warnings: [Remark] = []
    /// Where secrets stand in the file itself.
    var inlineSecrets: [Site] = []
    /// The hosts that the configuration leads to, and where they are named.
    var hosts: [Located<String>] = []
    /// The TLS files that it names; the site is the object of their keys.
    var tlsFiles: [Located<TLSFiles>] = []

    init(
        scope: ConfigurationFile.Scope, folder: String, environment: @escaping @Sendable (String) -> String?,
        readFile: @escaping @Sendable (String) -> Result<FileContents, FileFault>
    ) {
        self.scope = scope
        self.folder = folder
        self.environment = environment
        self.readFile = readFile
    }

    func fault(at offset: Int, _ key: String, _ reason: String) {
        faults.append(Remark(offset: offset, key: key, reason: reason))
    }

    func warn(at offset: Int, _ key: String, _ reason: String) {
        warnings.append(Remark(offset: offset, key: key, reason: reason))
    }

    /// The text of the file that the configuration calls `path`; a fault is a clause that names the file.
    func text(ofFile path: String) -> Result<String, FileFault> {
        switch readFile(LocalFile.absolute(path, in: folder)) {
        case .failure(let fault):
            return .failure(FileFault(reason: "the file \(path.quotedForMessage) \(fault.reason)"))
        case .success(let contents):
            guard let text = String(validating: contents.bytes, as: UTF8.self) else {
                return .failure(FileFault(reason: "the file \(path.quotedForMessage) is not UTF-8"))
            }
            return .success(text)
        }
    }
}

extension String {
    /// In quotes, control characters escaped, cut where it is long: for a message.
    var quotedForMessage: String {
        let limit = 80
        return JSONEscapes.quoted(count > limit ? prefix(limit) + "…" : self)
    }
}
