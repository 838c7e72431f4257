/// The reference page of the configuration file, in Markdown: every key, its form, its default and its meaning.
package enum ConfigurationReference {
    /// The page, with a line break at its end.
    package static var text: String {
        var page = """
            # The configuration file

            One JSON file. `x402-relay check --config FILE` says all that is wrong with it, each fault with its place.
            `x402-relay schema --reference` makes this page, `x402-relay schema` the `relay.schema.json` beside it.

            - Dotted keys are nested objects: `retry.jitter` is `"retry": { "jitter": … }`.
            - The names of feeds, destinations and rules are \(NameText.phrase).
            - A secret can stand in the environment or in a file, of which one line break at the end is cut.
            - Relative paths start at the folder of this file.
            - `"$comment"` is allowed in every object but `match` and `headers`. Other unknown keys, and keys that come
              twice, are faults.
            - Numbers keep their text: 0.1 is exactly one tenth.

            ## Values

            | value | form |
            | --- | --- |

            """
        for form in labelled(TopKeys().descriptions) {
            page += "| \(form.label ?? "") | \(cell(form.phrase)) |\n"
        }
        for key in TopKeys().descriptions {
            switch key.form.inside {
            case .nothing: continue
            case .keys(let keys): page += section(key.name, key, keys)
            case .named(let keys): page += section("\(key.name).*", key, keys)
            }
        }
        return page
    }

    /// Every form with a label, once, in the order of the keys that have it.
    private static func labelled(_ keys: [KeyDescription]) -> [FormDescription] {
        func forms(_ form: FormDescription) -> [FormDescription] {
            let inner =
                switch form.inside {
                case .nothing: form.elements
                case .keys(let keys), .named(let keys): keys.map(\.form)
                }
            return (form.label == nil ? [] : [form]) + inner.flatMap(forms)
        }
        var seen: Set<String> = []
        return keys.map(\.form).flatMap(forms).filter { seen.insert($0.label ?? "").inserted }
    }

    private static func section(_ title: String, _ key: KeyDescription, _ keys: [KeyDescription]) -> String {
        var text = "\n## `\(title)`\n\n\(key.summary)"
        switch key.presence {
        case .required: text += " Required, at least one.\n"
        case .optional(let otherwise?): text += " Without it: \(otherwise).\n"
        default: text += "\n"
        }
        text += "\n| key | value | default | meaning |\n| --- | --- | --- | --- |\n"
        for (name, key) in flattened(keys) {
            let cells = [key.form.label ?? key.form.phrase, fallback(key.presence), key.summary].map(cell)
            text += "| `\(name)` | \(cells.joined(separator: " | ")) |\n"
        }
        return text
    }

    /// The keys of nested objects under their dotted names.
    private static func flattened(_ keys: [KeyDescription], below prefix: String = "") -> [(String, KeyDescription)] {
        keys.flatMap { key -> [(String, KeyDescription)] in
            guard case .keys(let inner) = key.form.inside else { return [(prefix + key.name, key)] }
            return flattened(inner, below: prefix + key.name + ".")
        }
    }

    private static func fallback(_ presence: KeyDescription.Presence) -> String {
        switch presence {
        case .required: "required"
        case .optional(let otherwise): otherwise ?? "none"
        case .defaulted(let value): "`\(value.compact)`"
        }
    }

    private static func cell(_ text: String) -> String {
        text.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
    }
}
