import EventRules
import RelayModel

/// The schema of `match`: what `EventRules` refuses in one value, this refuses too.
enum PatternSchema {
    static let pattern = reference("pattern")

    /// All definitions; they refer to each other by name, since patterns nest.
    static let definitions: [(key: String, value: SchemaNode)] =
        [
            ("pattern", object(fields: "field", isTop: true, isInOr: false)),
            ("nested", object(fields: "field", isTop: false, isInOr: false)),
            ("orBranch", object(fields: "orField", isTop: true, isInOr: true)),
            ("orNested", object(fields: "orField", isTop: false, isInOr: true)),
            ("field", ["anyOf": [reference("alternatives"), reference("nested")]]),
            ("orField", ["anyOf": [reference("alternatives"), reference("orNested")]]),
            ("or", ["type": "array", "minItems": 2, "items": reference("orBranch")]),
            ("orOfNested", ["type": "array", "minItems": 2, "items": reference("orNested")]),
            ("addresses", ["anyOf": [reference("alternatives"), addressFile, reference("nested")]]),
            ("orAddresses", ["anyOf": [reference("alternatives"), addressFile, reference("orNested")]]),
            ("alternatives", ["type": "array", "minItems": 1, "items": alternative]),
            ("affix", ["anyOf": [["type": "string"], only([("equals-ignore-case", ["type": "string"])])]]),
            ("wildcard", ["type": "string", "pattern": .text(wildcardPattern)]),
        ]

    private static func reference(_ name: String) -> SchemaNode { ["$ref": .text("#/$defs/\(name)")] }

    /// An object of fields; at the top of `match` and of its `$or` the address fields can come from a file.
    private static func object(fields: String, isTop: Bool, isInOr: Bool) -> SchemaNode {
        var properties: [(key: String, value: SchemaNode)] = [("$or", reference(isTop ? "or" : "orOfNested"))]
        if isTop {
            for name in ["wallet", "sender", "recipient", "mint"] {
                properties.append((name, reference(isInOr ? "orAddresses" : "addresses")))
            }
        }
        var members: [(key: String, value: SchemaNode)] = [
            ("type", "object"), ("properties", .object(properties)), ("additionalProperties", reference(fields)),
        ]
        if !isTop || isInOr { members.append(("minProperties", 1)) }
        if isInOr {
            let reserved = SchemaNode.list(RulePattern.namesReservedInOr.map { .text($0) })
            members.append(("propertyNames", ["not": ["enum": reserved]]))
        }
        return .object(members)
    }

    /// An object with exactly one of these members.
    private static func only(_ members: [(key: String, value: SchemaNode)]) -> SchemaNode {
        [
            "type": "object", "minProperties": 1, "maxProperties": 1, "properties": .object(members),
            "additionalProperties": false,
        ]
    }

    private static let addressFile: SchemaNode = [
        "type": "object", "properties": ["file": ["type": "string"]], "required": ["file"], "maxProperties": 1,
    ]

    private static let alternative: SchemaNode = [
        "anyOf": [
            ["type": ["string", "number", "boolean", "null"]],
            only([
                ("prefix", reference("affix")), ("suffix", reference("affix")),
                ("equals-ignore-case", ["type": "string"]), ("wildcard", reference("wildcard")),
                ("anything-but", anythingBut), ("numeric", numeric), ("exists", ["type": "boolean"]),
                ("cidr", ["type": "string", "pattern": .text(cidrPattern)]),
            ]),
        ]
    ]

    private static let anythingBut: SchemaNode = {
        func oneOrMore(_ schema: SchemaNode) -> SchemaNode {
            ["anyOf": [schema, ["type": "array", "minItems": 1, "items": schema]]]
        }
        let affix = oneOrMore(["type": "string", "minLength": 1])
        return [
            "anyOf": [
                oneOrMore(["type": "string"]), oneOrMore(["type": "number"]),
                only([
                    ("prefix", affix), ("suffix", affix), ("equals-ignore-case", oneOrMore(["type": "string"])),
                    ("wildcard", oneOrMore(reference("wildcard"))),
                ]),
            ]
        ]
    }()

    private static let numeric: SchemaNode = {
        func parts(_ signs: [SchemaNode]) -> SchemaNode {
            let items = signs.flatMap { [["enum": $0], ["type": "number"]] as [SchemaNode] }
            let count = SchemaNode.number(String(items.count))
            return ["type": "array", "prefixItems": .list(items), "minItems": count, "maxItems": count]
        }
        return ["anyOf": [parts([["=", "<", "<=", ">", ">="]]), parts([[">", ">="], ["<", "<="]])]]
    }()

    /// No two stars in a row; a backslash escapes a star or itself.
    private static let wildcardPattern = Pattern.whole("(?:[^*\\\\]|\\\\[*\\\\]|\\*(?!\\*))*")

    /// A whole address is no block.
    private static let cidrPattern = {
        let digits = "(?=[0-9]{1,3}(?![0-9]))"
        let short = "\(Pattern.ipv4)/\(digits)\(Pattern.number(upTo: 31))"
        return Pattern.whole("\(short)|(?:\(Pattern.ipv6))/\(digits)\(Pattern.number(upTo: 127))")
    }()
}
