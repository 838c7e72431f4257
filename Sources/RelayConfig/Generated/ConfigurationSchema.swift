/// The JSON Schema of the configuration file (draft 2020-12).
///
/// It refuses whatever is wrong in one value alone, and the few things that are wrong with keys of one object together.
/// What needs other values, files or the environment is for `check`.
package enum ConfigurationSchema {
    /// The schema as JSON text, with a line break at its end.
    package static var text: String {
        let keys = TopKeys()
        let root = SchemaNode.keys(keys.descriptions, conditions: keys.conditions)
        let definitions = root.definitions.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        let head: SchemaNode = [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "The configuration of x402-relay",
        ]
        let all = definitions + PatternSchema.definitions.map { ($0.key, $0.value) }
        guard case .object(let members) = root else { preconditionFailure("an object's schema is an object") }
        return head.adding(members + [("$defs", .object(all))]).pretty() + "\n"
    }
}
