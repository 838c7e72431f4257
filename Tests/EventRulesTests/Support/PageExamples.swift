import Glibc
import Testing

/// An example of the page that defines the rule language.
struct PageExample: Sendable, CustomTestStringConvertible {
    /// `match`, `miss`, `undecided` or `fault`.
    var kind: String
    var line: Int
    var rules: [String] = []
    var events: [String] = []
    var fields: String?
    /// The places of the faults.
    var places: [String] = []
    /// What the fault says, in full.
    var says: String?

    var testDescription: String { "README.md:\(line) \(kind)" }
}

/// Reads text files that lie beside the sources.
enum SourceFile {
    /// The repository's folder, found from this file's own place.
    static var repository: String {
        #filePath.split(separator: "/").dropLast(4).reduce(into: "") { $0 += "/\($1)" }
    }

    static func text(_ path: String) -> String {
        String(decoding: bytes("\(repository)/\(path)"), as: UTF8.self)
    }

    /// The names of a folder's files, sorted.
    static func names(in folder: String) -> [String] {
        guard let directory = opendir("\(repository)/\(folder)") else { return [] }
        defer { closedir(directory) }
        var result: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { result.append(name) }
        }
        return result.sorted()
    }

    private static func bytes(_ path: String) -> [UInt8] {
        let file = open(path, O_RDONLY)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var result: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(file, &buffer, buffer.count)
            guard count > 0 else { return result }
            result.append(contentsOf: buffer[..<count])
        }
    }
}

extension PageExample {
    static let kinds: Set<String> = ["match", "miss", "undecided", "fault"]

    /// The examples of `page`: fenced blocks that name one of the kinds.
    static func all(in page: String) -> [PageExample] {
        var result: [PageExample] = []
        var current: PageExample?
        for (index, line) in page.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("```") {
                if let example = current {
                    result.append(example)
                    current = nil
                } else if kinds.contains(String(line.dropFirst(3))) {
                    current = PageExample(kind: String(line.dropFirst(3)), line: index + 1)
                }
                continue
            }
            guard current != nil else { continue }
            let word = line.prefix { $0 != " " }
            let rest = String(line.dropFirst(word.count).drop { $0 == " " })
            switch word {
            case "rule": current?.rules.append(rest)
            case "event": current?.events.append(rest)
            case "fields": current?.fields = rest
            case "at": current?.places.append(rest)
            case "says": current?.says = rest
            default: current?.kind = "an unknown line: \(line)"
            }
        }
        return result
    }
}
