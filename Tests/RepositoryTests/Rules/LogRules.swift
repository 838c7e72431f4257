import FoundationEssentials

/// What the relay logs is told on one page, and its form in one schema.
enum LogRules {
    static let page = "deploy/operating/logs.md"
    static let schema = "deploy/operating/log.schema.json"

    static let all = [
        TidyRule(
            name: "every message and key of the log is on its page, and nothing else", bad: bad, good: [good],
            check: check)
    ]

    /// What every line has beside the keys of its message.
    private static let always: Set<String> = ["time", "level", "message"]

    private struct Schema: Decodable {
        struct Property: Decodable {
            let description: String?
        }
        let properties: [String: Property]
    }

    private static func check(_ repository: Repository) -> [Finding] {
        guard let text = repository.files[page]?.text else { return [Finding(path: page, problem: "missing")] }
        let properties: [String: Schema.Property]
        do {
            let bytes = Array((repository.files[schema]?.text ?? "").utf8)
            properties = try JSONDecoder().decode(Schema.self, from: Data(bytes)).properties
        } catch {
            return [Finding(path: schema, problem: "no JSON schema with properties: \(error)")]
        }

        let rows = LogTable.rows(of: text)
        let told = Dictionary(grouping: rows, by: \.message)
        var levels: [String: Set<String>] = [:]
        var keys: Set<String> = []
        var findings: [Finding] = []
        for path in repository.paths where path.hasPrefix("Sources/") {
            guard let code = repository.code[path], let source = repository.files[path]?.text else { continue }
            let logged = LogCalls(source, code: code)
            for call in logged.calls {
                guard let messages = call.messages else {
                    let problem = "a message that is not constant cannot be looked up: its values belong into metadata"
                    findings.append(Finding(path: path, line: call.line, problem: problem))
                    continue
                }
                for message in messages {
                    levels[message, default: []].insert(call.level)
                    if told[message] == nil {
                        findings.append(Finding(path: path, line: call.line, problem: "not in \(page): `\(message)`"))
                    }
                }
            }
            for key in logged.keys {
                keys.insert(key.name)
                if properties[key.name] == nil || always.contains(key.name) {
                    findings.append(Finding(path: path, line: key.line, problem: "not a key of \(schema): \(key.name)"))
                }
            }
        }
        for row in rows {
            let logged = levels[row.message]
            let problem: String? =
                if logged == nil {
                    "nothing logs this"
                } else if logged != row.levels {
                    "logged as \(logged?.sorted().joined(separator: ", ") ?? "")"
                } else if let first = told[row.message]?.first, first.line != row.line {
                    "told in line \(first.line) already"
                } else {
                    nil
                }
            if let problem {
                findings.append(Finding(path: page, line: row.line, problem: "`\(row.message)`: \(problem)"))
            }
        }
        for (name, property) in properties {
            if !keys.contains(name), !always.contains(name) {
                findings.append(Finding(path: schema, problem: "no line has \(name)"))
            }
            if property.description?.isEmpty ?? true {
                findings.append(Finding(path: schema, problem: "\(name) has no description"))
            }
        }
        return findings
    }

    // MARK: Samples

    private static let source = """
        logger.info("Begins", metadata: ["feed": "\\(name)"])
        logger[metadataKey: "a"] = "1"
        Self.logger?.error(
            \"\"\"
            One long \\
            message
            \"\"\", metadata: metadata)
        let metadata: Logger.Metadata = ["b": "\\(x ? "c" : "d")"]
        metadata["e"] = "f"
        logger.notice(isUp ? "Up" : "Down")
        logger.warning("Begins")
        OwnEvent(.gap, details: [.init("g", "h")])
        // logger.info("Comment")
        """
    private static let table = """
        | message | level | what |
        | --- | --- | --- |
        | `Begins` | info, warning | |
        | `One long message` | error | |
        | `Up` | notice | |
        | `Down` | notice | |
        """
    private static let keys = ["feed", "a", "b", "e", "g"]

    private static func sample(
        _ source: String = source, table: String = table, keys: [String] = keys, description: String = "It."
    ) -> Repository {
        let properties = (keys + always).map { #""\#($0)": {"description": "\#(description)"}"# }
        return Repository([
            "Sources/A/B.swift": source, page: table,
            schema: #"{"properties": {\#(properties.joined(separator: ", "))}}"#,
        ])
    }

    private static let good = sample()
    private static let bad = [
        Repository(["Sources/A/B.swift": ""]),
        Repository(["Sources/A/B.swift": source, page: table]),
        sample(source + "\nlogger.info(\"More\")"),
        sample(source + "\nlogger.debug(\"Begins\")"),
        sample(source + "\nlogger.info(\"Begins \\(name)\")"),
        sample(source + "\nlogger.info(text)"),
        sample(source + "\nlogger.info(\"Begins\", metadata: [\"i\": \"\"])"),
        sample(source + "\nlogger[metadataKey: \"i\"] = 1"),
        sample(source + "\nmetadata[\"i\"] = 1"),
        sample(source + "\nlet metadata: Logger.Metadata = [\n\"i\": \"\"]"),
        sample(source + "\nOwnEvent(.gap, details: [.init(\"i\", \"\")])"),
        sample(source + "\nlogger.info(\"Begins\", metadata: [\"time\": \"\"])"),
        sample(table: table + "\n| `Ends` | info | |"),
        sample(table: table + "\n| `Up` | notice | |"),
        sample(table: table.replacing("| error |", with: "| warning |")),
        sample(keys: keys + ["i"]),
        sample(description: ""),
    ]
}

/// The rows of the tables on a page whose columns begin with `message` and `level`.
enum LogTable {
    struct Row {
        let message: String
        let levels: Set<String>
        let line: Int
    }

    static func rows(of page: String) -> [Row] {
        var rows: [Row] = []
        var isTable = false
        for (index, line) in page.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.hasPrefix("| message | level |") { isTable = true }
            guard isTable, line.hasPrefix("|") else {
                isTable = false
                continue
            }
            guard let match = line.prefixMatch(of: /\| `([^`]+)` \| ([a-z, ]+) \|/) else { continue }
            let levels = match.2.split(separator: ",").map { $0.filter { $0 != " " } }
            rows.append(Row(message: String(match.1), levels: Set(levels), line: index + 1))
        }
        return rows
    }
}
