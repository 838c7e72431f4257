/// Links in pages lead somewhere within the clone.
enum LinkRules {
    static let all = [
        TidyRule(
            name: "links and anchors in pages resolve",
            bad: [
                Repository(["README.md": "see [it](Sources/missing.md)"]),
                Repository(["Sources/README.md": "see [it](../deploy/README.md)", "README.md": ""]),
                Repository(["README.md": "# Title\nsee [it](#titles)"]),
                Repository(["README.md": "see [it](deploy/README.md#b)", "deploy/README.md": "# A\n```\n# b\n```\n"]),
                Repository(["README.md": "see [it](../outside.md)", "outside.md": ""]),
                Repository(["README.md": "see [it](/etc/hosts)"]),
                Repository(["README.md": "[it]: missing.md"]),
            ],
            good: [
                Repository([
                    "README.md": """
                    # What it *is*, in `ten` lines
                    ## Twice
                    ## Twice
                    [a](#what-it-is-in-ten-lines) [b](#twice-1) [c](deploy/README.md#a_b-c) [d](https://example.com/x.md)
                    [e](deploy) [f](deploy/test "a title") `[g](missing.md)` ![h](deploy/a.png)
                    ```
                    [i](missing.md)
                    ```
                    [j]: deploy/README.md
                    """,
                    "deploy/README.md": "# a_b: C\n[up](../README.md)", "deploy/test": "", "deploy/a.png": "",
                ])
            ],
            check: check)
    ]

    private static func check(_ repository: Repository) -> [Finding] {
        let pages = repository.files.filter { $0.key.hasSuffix(".md") }.mapValues { Page($0.text) }
        return pages.flatMap { path, page in
            page.links.compactMap { link in
                problem(with: link.target, on: path, pages, repository).map {
                    Finding(path: path, line: link.line, problem: "the link `\(link.target)` leads nowhere: \($0)")
                }
            }
        }
    }

    private static func problem(
        with target: String, on path: String, _ pages: [String: Page], _ repository: Repository
    ) -> String? {
        if ["https://", "http://", "mailto:"].contains(where: target.hasPrefix) { return nil }
        let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let file = parts[0].isEmpty ? path : resolved(parts[0], from: path), repository.holds(file) else {
            return "no such file in the clone"
        }
        guard parts.count == 2, let page = pages[file] else { return nil }
        return page.anchors.contains(parts[1]) ? nil : "\(file) has no heading for #\(parts[1])"
    }

    /// The path from the root; nil where it leaves the clone.
    private static func resolved(_ target: String, from path: String) -> String? {
        guard !target.hasPrefix("/") else { return nil }
        var folders = path.split(separator: "/").dropLast()
        for part in target.split(separator: "/") where part != "." {
            guard part == ".." else {
                folders.append(part)
                continue
            }
            guard folders.popLast() != nil else { return nil }
        }
        return folders.joined(separator: "/")
    }
}

/// The links and headings of a Markdown page.
struct Page {
    private(set) var links: [(target: String, line: Int)] = []
    /// As GitHub makes them of headings.
    private(set) var anchors: Set<String> = []

    init(_ text: String) {
        var isFenced = false
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            if line.drop(while: { $0 == " " }).hasPrefix("```") {
                isFenced.toggle()
                continue
            }
            guard !isFenced else { continue }
            if line.hasPrefix("#") { addAnchor(String(line.drop { $0 == "#" })) }
            addLinks(Self.withoutCode(line), line: index + 1)
        }
    }

    private mutating func addLinks(_ line: String, line number: Int) {
        for match in line.matches(of: /\]\(([^)\s]+)(?:\s+"[^"]*")?\)/) { links.append((String(match.1), number)) }
        if let match = line.prefixMatch(of: /\[[^\]]+\]:\s*(\S+)/) { links.append((String(match.1), number)) }
    }

    /// The line without its `code`.
    private static func withoutCode(_ line: Substring) -> String {
        line.split(separator: "`", omittingEmptySubsequences: false).enumerated()
            .map { $0.offset % 2 == 0 ? String($0.element) : "" }.joined(separator: "`")
    }

    private mutating func addAnchor(_ heading: String) {
        let words = heading.drop { $0 == " " }.lowercased()
        let slug = String(
            words.filter { $0.isLetter || $0.isNumber || $0 == " " || $0 == "-" || $0 == "_" }
                .map { $0 == " " ? "-" : $0 })
        var (anchor, repeats) = (slug, 0)
        while !anchors.insert(anchor).inserted {
            repeats += 1
            anchor = "\(slug)-\(repeats)"
        }
    }
}
