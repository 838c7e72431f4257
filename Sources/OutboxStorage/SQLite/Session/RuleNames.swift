import RelayModel

/// Lists of rule names and the JSON arrays they are stored as.
///
/// A relay has few different lists, so each is written and read once and then shared by all deliveries.
struct RuleNames {
    /// More lists than that start over: a configuration with thousands of rules can match in any combination.
    private static let limit = 1024

    private var texts: [[String]: String] = [:]
    private var lists: [String: [String]] = [:]

    /// The list as a JSON array.
    mutating func text(_ names: [String]) -> String {
        if let known = texts[names] { return known }
        if texts.count >= Self.limit { texts.removeAll(keepingCapacity: true) }
        let text = "[" + names.map(JSONEscapes.quoted).joined(separator: ",") + "]"
        texts[names] = text
        return text
    }

    /// The list that a JSON array holds; what is not a string in it, or no array at all, counts as nothing.
    mutating func names(_ text: String) -> [String] {
        if let known = lists[text] { return known }
        if lists.count >= Self.limit { lists.removeAll(keepingCapacity: true) }
        let names = Self.read(text)
        lists[text] = names
        return names
    }

    private static func read(_ text: String) -> [String] {
        guard let document = try? JSONParser(limits: .configuration).parse(Array(text.utf8)) else { return [] }
        return document.elements(document.root).compactMap(document.string)
    }
}
