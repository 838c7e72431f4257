import RelayModel

/// A struct whose stored properties are keys, or further groups of keys of the same object.
protocol KeyGroup: Sendable {}

extension KeyGroup {
    /// In the order of their declaration.
    var descriptions: [KeyDescription] {
        Mirror(reflecting: self).children.flatMap { child -> [KeyDescription] in
            if let key = child.value as? any AnyKey { return [key.description] }
            return (child.value as? any KeyGroup)?.descriptions ?? []
        }
    }
}

/// The keys of one kind of object, and what they are together.
///
/// To add a key, declare a property and use it in `value(of:)`. Unknown keys, the schema and the reference page follow.
protocol ObjectKeys: KeyGroup {
    associatedtype Value

    /// Reads every key and what they are together; nil when something is wrong, which is reported.
    func value(of object: ObjectReader) -> Value?

    /// What the schema asks of several keys together.
    var conditions: [SchemaNode] { get }
}

extension ObjectKeys {
    var conditions: [SchemaNode] { [] }
}

/// An object of the file while its keys are read.
struct ObjectReader {
    struct Member {
        /// Where the key itself stands.
        let keyOffset: Int
        let value: Site
    }

    /// The object; one that is not there has its path, and the place of the object that lacks it.
    let site: Site
    /// By the bytes of their names: strings that only Unicode holds equal are different keys.
    private let members: [[UInt8]: Member]

    /// An object that is there.
    init(_ site: Site) {
        self.site = site
        var members: [[UInt8]: Member] = [:]
        for (key, value) in site.document.members(site.node) {
            let name = site.document.string(key) ?? ""
            members[Array(name.utf8)] = Member(
                keyOffset: site.document.range(key).lowerBound, value: site.member(name, value))
        }
        self.members = members
    }

    private init(absent site: Site) {
        self.site = site
        members = [:]
    }

    subscript<Value>(key: Key<Value>) -> Value { key.value(in: self) }

    /// The object under `name` as if it were there and empty.
    func absent(_ name: String) -> ObjectReader { ObjectReader(absent: site.member(name, site.node)) }

    func site(_ name: String) -> Site? { members[Array(name.utf8)]?.value }

    func has<Value>(_ key: Key<Value>) -> Bool { members[Array(key.name.utf8)] != nil }

    /// Reports a key that must be there, at the object that lacks it.
    func missing(_ name: String, _ remedy: String) {
        site.reading.fault(at: site.offset, site.path(to: name), "is missing, \(remedy)")
    }

    /// Reports a key that must not be there, at the key; nothing where it is not.
    func unwanted(_ name: String, _ reason: String) {
        guard let member = members[Array(name.utf8)] else { return }
        site.reading.fault(at: member.keyOffset, site.path(to: name), reason)
    }

    /// Reports each key that is none of `known`.
    func reportUnknown(known: [KeyDescription]) {
        let allowed = Set(known.map { Array($0.name.utf8) } + [Array("$comment".utf8)])
        for bytes in members.keys where !allowed.contains(bytes) {
            let name = String(decoding: bytes, as: UTF8.self)
            unwanted(name, "unknown key, \(Self.remedy(for: name, known: known))")
        }
    }

    private static func remedy(for name: String, known: [KeyDescription]) -> String {
        let parts = name.split(separator: ".", maxSplits: 1)
        if parts.count == 2, known.contains(where: { $0.name == parts[0] && $0.form.isObject }) {
            return
                "write it nested: \(JSONEscapes.quoted(String(parts[0]))): { \(JSONEscapes.quoted(String(parts[1]))): … }"
        }
        if let near = Suggestion.nearest(to: name, among: known.map(\.name)) { return "did you mean \"\(near)\"?" }
        return "allowed here: " + known.map(\.name).joined(separator: ", ")
    }
}

extension FormDescription {
    var isObject: Bool { if case .nothing = inside { false } else { true } }
}

extension Form {
    /// An object with the keys of `keys`, and `$comment`.
    static func object<Keys: ObjectKeys>(_ keys: Keys) -> Form where Keys.Value == Value {
        let known = keys.descriptions
        let description = FormDescription(
            phrase: "an object with the keys " + known.map(\.name).joined(separator: ", "),
            schema: .keys(known, conditions: keys.conditions), inside: .keys(known))
        return Form(description) { site in
            guard site.kind == .object else {
                site.mismatch(description.phrase, showsValue: false)
                return nil
            }
            let object = ObjectReader(site)
            object.reportUnknown(known: known)
            return keys.value(of: object)
        }
    }
}

extension SchemaNode {
    /// The schema of an object with these keys, and `$comment`.
    static func keys(_ known: [KeyDescription], conditions: [SchemaNode]) -> SchemaNode {
        var properties: [(key: String, value: SchemaNode)] = known.map { key in
            var keywords: [(key: String, value: SchemaNode)] = [("description", .text(key.summary))]
            if case .defaulted(let value) = key.presence { keywords.append(("default", value)) }
            return (key.name, key.form.schema.adding(keywords))
        }
        properties.append(("$comment", true))
        var members: [(key: String, value: SchemaNode)] = [
            ("type", "object"), ("properties", .object(properties)), ("additionalProperties", false),
        ]
        let required = known.filter { if case .required = $0.presence { true } else { false } }
        if !required.isEmpty { members.append(("required", .list(required.map { .text($0.name) }))) }
        if !conditions.isEmpty { members.append(("allOf", .list(conditions))) }
        return .object(members)
    }
}
