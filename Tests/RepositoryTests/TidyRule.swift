import Testing

/// One rule that the repository keeps, with samples that prove that it can fail and that it does not fail on everything.
struct TidyRule: Sendable, CustomTestStringConvertible {
    let name: String
    let bad: [Repository]
    let good: [Repository]
    let check: @Sendable (Repository) -> [Finding]

    var testDescription: String { name }

    static let all = BannedWord.all.map(\.rule) + ImportRules.all + LayoutRules.all + LinkRules.all + LogRules.all
}
