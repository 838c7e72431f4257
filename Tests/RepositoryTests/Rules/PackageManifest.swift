/// What `Package.swift` says of its targets, read as text.
struct PackageManifest {
    struct Target {
        let name: String
        let isTest: Bool
        /// Of targets and of products, as they are imported.
        let dependencies: [String]
        /// The number after `Tier` in the comment above; nil without one.
        let tier: Int?
        let line: Int
    }

    let targets: [Target]

    init(_ text: String) {
        var products: [Substring: String] = [:]
        for match in text.matches(of: /let (\w+) = Target\.Dependency\.product\(name: "(\w+)"/) {
            products[match.1] = String(match.2)
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let openings = [".target(", ".executableTarget(", ".testTarget(", ".systemLibrary("]
        var targets: [Target] = []
        for (index, line) in lines.enumerated() {
            let opening = line.drop { $0 == " " }
            // Only targets stand two levels deep.
            guard line.count - opening.count == 8, let kind = openings.first(where: opening.hasPrefix) else { continue }
            let block = Self.block(lines[index...])
            guard let name = block.firstMatch(of: /name: "(\w+)"/) else { continue }
            let dependencies = block.firstMatch(of: /(?s)dependencies: \[(.*?)\]/)?.1 ?? ""
            let above = lines[..<index].reversed().prefix { $0.drop { $0 == " " }.hasPrefix("//") }.last
            targets.append(
                Target(
                    name: String(name.1), isTest: kind == ".testTarget(",
                    dependencies: Self.names(dependencies, products),
                    tier: above?.firstMatch(of: /Tier (\d+)\./).flatMap { Int($0.1) }, line: index + 1))
        }
        self.targets = targets
    }

    /// The text from the first line on up to the parenthesis that closes its first.
    private static func block(_ lines: ArraySlice<Substring>) -> Substring {
        let text = Substring(lines.joined(separator: "\n"))
        var depth = 0
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" {
                depth -= 1
                if depth == 0 { return text[...index] }
            }
        }
        return text
    }

    private static func names(_ list: Substring, _ products: [Substring: String]) -> [String] {
        list.matches(of: /\.product\(name: "(\w+)", package: "[^"]+"\)|"(\w+)"|(\w+)/).compactMap { match in
            if let name = match.1 ?? match.2 { return String(name) }
            return match.3.map { products[$0] ?? String($0) }
        }
    }
}
