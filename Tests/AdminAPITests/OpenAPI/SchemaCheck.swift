/// Holds values against the schemas of a document, and remembers which places of them it has been at.
///
/// What it does not know of a schema is a fault, so that nothing goes unchecked.
struct SchemaCheck {
    struct Sight: Hashable {
        /// A place of a schema, as a JSON pointer.
        let place: String
        let isNull: Bool
    }

    let api: DescribedAPI
    private(set) var sights: Set<Sight> = []

    init(_ api: DescribedAPI) {
        self.api = api
    }

    /// What is wrong with `value` for the schema at `place`, each with where it lies; empty where all is well.
    mutating func faults(_ value: JSONValue, _ place: String, at path: String = "$") -> [String] {
        guard let schema = api.target(place) else { return ["\(path): \(place) leads nowhere"] }
        sights.insert(Sight(place: place, isNull: value == .null))
        var faults: [String] = []
        for (keyword, rule) in schema.members {
            switch keyword {
            case "$ref": faults += self.faults(value, rule.text ?? "", at: path)
            case "anyOf": faults += anyOf(value, rule, place, path)
            case "properties", "items", "additionalProperties":
                faults += inside(value, keyword, rule, schema, place, path)
            default:
                if !holds(value, keyword, rule) { faults.append("\(path): \(keyword) of \(place) does not hold") }
            }
        }
        return faults
    }

    /// What was seen in a choice that does not fit does not count.
    private mutating func anyOf(_ value: JSONValue, _ rule: JSONValue, _ place: String, _ path: String) -> [String] {
        for index in rule.elements.indices {
            var copy = self
            if copy.faults(value, "\(place)/anyOf/\(index)", at: path).isEmpty {
                self = copy
                return []
            }
        }
        return ["\(path): anyOf of \(place) does not hold"]
    }

    private mutating func inside(
        _ value: JSONValue, _ keyword: String, _ rule: JSONValue, _ schema: JSONValue, _ place: String, _ path: String
    ) -> [String] {
        var faults: [String] = []
        switch (keyword, value) {
        case ("items", .array(let elements)):
            for (index, element) in elements.enumerated() {
                faults += self.faults(element, "\(place)/items", at: "\(path)[\(index)]")
            }
        case ("properties", .object(let members)):
            for (name, member) in members where rule[name] != nil {
                faults += self.faults(member, "\(place)/properties/\(name)", at: "\(path).\(name)")
            }
        case ("additionalProperties", .object(let members)):
            for (name, member) in members where schema["properties"]?[name] == nil {
                if rule == .boolean(false) {
                    faults.append("\(path): \(name) is not in \(place)")
                } else {
                    faults += self.faults(member, "\(place)/additionalProperties", at: "\(path).\(name)")
                }
            }
        default: break
        }
        return faults
    }

    private func holds(_ value: JSONValue, _ keyword: String, _ rule: JSONValue) -> Bool {
        switch keyword {
        case "description", "examples", "default": true
        case "type": (rule.text.map { [$0] } ?? rule.texts).contains(value.type)
        case "enum": rule.elements.contains(value)
        case "const": rule == value
        case "required": Set(rule.texts).isSubset(of: value.members.keys)
        case "minimum": value.integer.map { $0 >= rule.integer ?? .max } ?? true
        case "maximum": value.integer.map { $0 <= rule.integer ?? .min } ?? true
        case "minLength": value.text.map { $0.unicodeScalars.count >= rule.integer ?? .max } ?? true
        case "maxLength": value.text.map { $0.unicodeScalars.count <= rule.integer ?? .min } ?? true
        case "minItems": value.elements.count >= rule.integer ?? .max
        case "maxItems": value.elements.count <= rule.integer ?? .min
        case "pattern": value.text.map { matches($0, rule.text ?? "") } ?? true
        case "format": value.text.map { matches($0, "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z$") } ?? true
        default: false
        }
    }

    private func matches(_ text: String, _ pattern: String) -> Bool {
        guard let regex = try? Regex(pattern) else { return false }
        return text.firstMatch(of: regex) != nil
    }
}
