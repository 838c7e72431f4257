import Glibc
import RelayConfig
import RelayModel

/// A disk and an environment for configurations under test: everything lies in the folder `/conf`.
enum TestFiles {
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    static let variables = ["SECRET": secret, "EMPTY": "", "LINES": "two\nlines", "TEXT": "swordfish"]

    static let files: [String: [UInt8]] = [
        "files/secret.txt": Array("\(secret)\r\n".utf8),
        "files/two-breaks.txt": Array("swordfish\n\n".utf8),
        "files/empty.txt": Array("\n".utf8),
        "files/latin1.txt": [0x63, 0x61, 0x66, 0xE9, 0x0A],
        "files/wallets.txt": Array(
            """
            # ours
            EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v

            0xAbCdEf0123456789abcdef0123456789ABCDEF01  # EVM
            """.utf8),
        "files/bad-wallets.txt": Array("EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v\nnot-an-address\n".utf8),
        "files/no-wallets.txt": Array("# none yet\n".utf8),
        // The seed of 32 ones, and its public key.
        "files/keypair.json": Array(
            """
            [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
            138, 136, 227, 221, 116, 9, 241, 149, 253, 82, 219, 45, 60, 186, 93, 114, 202, 103, 9, 191, 29, 148,
            18, 27, 243, 116, 136, 1, 180, 15, 111, 92]

            """.utf8),
        "files/cert.pem": Array("-----BEGIN CERTIFICATE-----\nMIIBQDCB86AD\n-----END CERTIFICATE-----\n".utf8),
        "files/key.pem": Array("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYD\n-----END PRIVATE KEY-----\n".utf8),
    ]

    /// Reads `text` as `/conf/NAME`, with the files and variables above.
    static func load(
        _ text: [UInt8], name: String = "relay.json", isOpenToOthers: Bool = false,
        scope: ConfigurationFile.Scope = .everything, resolve: ((String) -> String?)? = nil,
        checkTLS: ((TLSFiles) -> TLSFiles.Fault?)? = nil
    ) -> Result<LoadedConfiguration, ConfigurationFaults> {
        ConfigurationFile.load(
            path: "/conf/\(name)", scope: scope, environment: { variables[$0] },
            readFile: { path in
                if path == "/conf/\(name)" {
                    return .success(FileContents(bytes: text, isOpenToOthers: isOpenToOthers))
                }
                guard path.hasPrefix("/conf/"), let bytes = files[String(path.dropFirst(6))] else {
                    return .failure(FileFault(reason: "does not exist"))
                }
                return .success(FileContents(bytes: bytes))
            }, resolve: resolve, checkTLS: checkTLS)
    }

    static func load(_ text: String, scope: ConfigurationFile.Scope = .everything) -> Result<
        LoadedConfiguration, ConfigurationFaults
    > { load(Array(text.utf8), scope: scope) }

    /// The faults as they are printed, without the folder.
    static func lines(_ faults: [ConfigurationFault]) -> [String] {
        faults.map { fault in
            let text = fault.description
            return text.hasPrefix("/conf/") ? String(text.dropFirst(6)) : text
        }
    }
}

/// The files of this repository.
enum Repository {
    /// The folder that holds Package.swift.
    static let root = String(#filePath.split(separator: "/").dropLast(3).reduce("") { "\($0)/\($1)" })
    static let cases = "\(root)/Tests/RelayConfigTests/Cases"

    static func read(_ path: String) throws -> [UInt8] {
        try LocalFile.read(path.hasPrefix("/") ? path : "\(root)/\(path)").get().bytes
    }

    /// The names in a folder that end so, in order.
    static func names(in folder: String, endingIn suffix: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name.hasSuffix(suffix) { names.append(name) }
        }
        return names.sorted()
    }
}
