import FoundationEssentials
import Glibc

/// The files that the rules judge: those of the clone, or a sample's.
struct Repository: Sendable {
    struct File: Sendable {
        let text: String
        let isExecutable: Bool
    }

    /// By path from the root; folders are not listed.
    let files: [String: File]
    /// The code of the Swift files, as `SwiftCode` leaves it.
    let code: [String: [UInt8]]

    init(files: [String: File]) {
        self.files = files
        code = files.filter { $0.key.hasSuffix(".swift") }.mapValues { SwiftCode.without(commentsAndTexts: $0.text) }
    }

    /// A sample of texts, none of them executable.
    init(_ texts: [String: String]) {
        self.init(files: texts.mapValues { File(text: $0, isExecutable: false) })
    }

    /// Paths in order.
    var paths: [String] { files.keys.sorted() }

    /// Whether a file or a folder lies at `path`.
    func holds(_ path: String) -> Bool {
        path.isEmpty || files[path] != nil || files.keys.contains { $0.hasPrefix(path + "/") }
    }

    // MARK: The clone

    private static let skipped: Set<String> = [".git", "__pycache__"]

    /// The clone that this file was compiled from, build products apart; read once.
    static let clone = Result { try readClone() }

    /// The folder of this file may be reached by a link, so the link is followed.
    private static func readClone() throws -> Repository {
        let here = URL(filePath: #filePath).resolvingSymlinksInPath()
        let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        var files: [String: File] = [:]
        try collect("", below: root.path(), into: &files)
        return Repository(files: files)
    }

    private static func collect(_ folder: String, below root: String, into files: inout [String: File]) throws {
        for name in try FileManager.default.contentsOfDirectory(atPath: root + "/" + folder) {
            guard !skipped.contains(name), !name.hasPrefix(".build") else { continue }
            let path = folder.isEmpty ? name : folder + "/" + name
            let attributes = try FileManager.default.attributesOfItem(atPath: root + "/" + path)
            switch attributes[.type] as? FileAttributeType {
            case .typeDirectory:
                try collect(path, below: root, into: &files)
            case .typeRegular:
                // What is not UTF-8 is no text of ours.
                guard let data = FileManager.default.contents(atPath: root + "/" + path),
                    let text = String(validating: data, as: UTF8.self)
                else { continue }
                files[path] = File(text: text, isExecutable: access(root + "/" + path, X_OK) == 0)
            default:
                continue
            }
        }
    }
}

/// Something that a rule does not allow.
struct Finding: Sendable, CustomStringConvertible {
    let path: String
    /// From 1; nil for the file as a whole.
    var line: Int?
    let problem: String

    var description: String { "\(path)\(line.map { ":\($0)" } ?? ""): \(problem)" }
}
