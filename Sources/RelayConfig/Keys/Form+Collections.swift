import RelayModel

extension Form {
    /// A list of at least `minimum` values, called `noun` in the plural; elements with a fault are left out.
    static func list<Element>(_ noun: String, of element: Form<Element>, atLeast minimum: Int = 0) -> Form
    where Value == [Element] {
        var schema: [(key: String, value: SchemaNode)] = [("type", "array"), ("items", element.description.schema)]
        if minimum > 0 { schema.append(("minItems", .number(String(minimum)))) }
        let phrase = "a list of \(noun)" + (minimum > 0 ? ", at least one" : "")
        return Form(
            FormDescription(phrase: phrase, schema: .object(schema), elements: [element.description])
        ) { site in
            guard site.kind == .array else {
                site.mismatch(phrase, showsValue: false)
                return nil
            }
            let elements = site.elements
            guard elements.count >= minimum else {
                site.fault("must not be empty, give \(phrase)")
                return nil
            }
            return elements.compactMap(element.read)
        }
    }

    /// An object whose keys are names of the user's, at least one, in the file's order.
    static func named<Element>(_ element: Form<Element>, _ noun: String) -> Form where Value == [Named<Element>] {
        let inside: [KeyDescription] = if case .keys(let keys) = element.description.inside { keys } else { [] }
        let phrase = "an object of \(noun)s under their names"
        // `$comment` is no name: an object with nothing else is empty.
        let schema: SchemaNode = [
            "type": "object", "properties": ["$comment": true],
            "patternProperties": .object([(NameText.schemaPattern, element.description.schema)]),
            "additionalProperties": false,
            "if": ["required": ["$comment"]], "then": ["minProperties": 2], "else": ["minProperties": 1],
        ]
        return Form(FormDescription(phrase: phrase, schema: schema, inside: .named(inside))) { site in
            guard site.kind == .object else {
                site.mismatch(phrase, showsValue: false)
                return nil
            }
            var result: [Named<Element>] = []
            for (key, node) in site.document.members(site.node) {
                let name = site.document.string(key) ?? ""
                if name == "$comment" { continue }
                let value = site.member(name, node)
                if !NameText.isName(name) {
                    site.reading.fault(
                        at: site.document.range(key).lowerBound, value.path,
                        "a \(noun)'s name must be \(NameText.phrase)")
                }
                result.append(Named(name: name, site: value, value: element.read(value)))
            }
            if result.isEmpty { site.fault("must hold at least one \(noun)") }
            return result
        }
    }
}

/// A value under a name of the user's.
struct Named<Value> {
    let name: String
    let site: Site
    /// Nil when it has a fault.
    let value: Value?
}
