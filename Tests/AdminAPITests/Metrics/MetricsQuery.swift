/// The metrics that a PromQL expression asks for, each with the labels that it chooses by; read without a grammar.
struct MetricsQuery {
    struct Selector: Hashable {
        let metric: String
        /// Names, and the value where it is compared by `=`.
        let labels: [String: String?]
    }

    private(set) var selectors: [Selector] = []
    /// Labels of `by`, `on` and the like.
    private(set) var groupings: Set<String> = []

    private static let words: Set<String> = ["and", "or", "unless", "bool", "offset", "inf", "nan"]
    private static let groupingWords: Set<String> = ["by", "without", "on", "ignoring", "group_left", "group_right"]

    init(_ expression: String) {
        var rest = Substring(expression)
        while let first = rest.first {
            guard first.isLetter || first == "_" || first == ":" else {
                // A duration or a number is not to be taken for a name.
                if first.isNumber {
                    rest = rest.drop { $0.isNumber || $0.isLetter || $0 == "." }
                } else if first == "[" {
                    rest = rest.drop { $0 != "]" }
                } else {
                    rest = rest.dropFirst()
                }
                continue
            }
            let name = String(rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == ":" })
            rest = rest.dropFirst(name.count).drop { $0 == " " || $0 == "\n" }
            if Self.groupingWords.contains(name) {
                guard rest.first == "(" else { continue }
                let list = rest.dropFirst().prefix { $0 != ")" }
                groupings.formUnion(list.split { $0 == "," || $0 == " " }.map(String.init))
                rest = rest.dropFirst(list.count + 2)
            } else if !isCalled(rest), !Self.words.contains(name.lowercased()) {
                var labels: [String: String?] = [:]
                if rest.first == "{" {
                    let list = rest.prefix { $0 != "}" }
                    for match in list.matches(of: /(\w+)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"/) {
                        labels[String(match.1)] = .some(match.2 == "=" ? String(match.3) : nil)
                    }
                    rest = rest.dropFirst(list.count + 1)
                }
                selectors.append(Selector(metric: name, labels: labels))
            }
        }
    }
}

/// Whether what stands before `rest` is a function or an aggregation.
private func isCalled(_ rest: Substring) -> Bool {
    rest.first == "(" || rest.hasPrefix("by (") || rest.hasPrefix("without (")
}

/// The expressions and names in the files of `deploy` that go by the table of families.
enum MetricsDocuments {
    /// Those of `expr:`, on its line or below it where it is folded, and those of `series:`.
    static func expressions(yaml: String) -> [String] {
        let lines = yaml.split(separator: "\n", omittingEmptySubsequences: false)
        var expressions: [String] = []
        for (index, line) in lines.enumerated() {
            guard let match = line.firstMatch(of: #/^( *(?:- )?)(?:expr|series): (.*)$/#) else { continue }
            if match.2 == ">-" {
                let folded = lines[(index + 1)...].prefix { $0.prefix { $0 == " " }.count > match.1.count }
                expressions.append(folded.joined(separator: " "))
            } else if !match.2.hasPrefix("*") {
                // An anchor's name is no part of it.
                expressions.append(String(match.2.replacing(#/^&\w+ /#, with: "")))
            }
        }
        return expressions
    }

    /// Those of targets and of variables.
    static func expressions(dashboard: String) -> [String] {
        dashboard.matches(of: /"(?:expr|query|definition)": "((?:[^"\\]|\\.)*)"/).compactMap { match in
            let text = String(match.1).replacing(#"\""#, with: "\"").replacing(#"\n"#, with: " ")
            // A variable's: label_values(METRIC, LABEL).
            if let values = text.wholeMatch(of: #/label_values\((.*), *(\w+)\)/#) {
                return "sum by (\(values.2)) (\(values.1))"
            }
            return text == "prometheus" ? nil : text
        }
    }

    /// Whatever is named like a metric of ours.
    static func names(in text: String) -> Set<String> {
        Set(text.matches(of: /\b(?:x402_relay|process)_[a-z0-9_]+/).map { String($0.0) })
    }
}
