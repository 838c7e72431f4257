import RelayModel

/// A secret of the configuration.
struct SecretValue {
    /// Nil where this pass reads no secrets.
    let secret: Secret?
    /// It stands in the file itself.
    let isInline: Bool

    /// The secret, or an empty one where this pass reads none.
    var orUnread: Secret { secret ?? Secret("") }
}

extension Form<Located<SecretValue>> {
    /// A string, `{ "env": "NAME" }` or `{ "file": "path" }`; its value is in no message.
    static let secret = Form.secret(inline: SchemaNode.object([("type", "string"), ("minLength", 1)]), as: "secret")

    /// The same, with what the schema asks of a secret that stands in the file.
    static func secret(inline: SchemaNode, as definition: String) -> Form {
        let object = Form<SecretValue>.object(SecretReference())
        let schema: SchemaNode = ["anyOf": [inline, object.description.schema]]
        let phrase = "a string, { \"env\": \"NAME\" } or { \"file\": \"path\" }"
        return Form(
            FormDescription(phrase: phrase, schema: schema.named(definition), label: "secret")
        ) { site in
            switch site.kind {
            case .string:
                guard let text = site.string, !text.isEmpty else {
                    site.fault("is empty, give \(phrase)")
                    return nil
                }
                site.reading.inlineSecrets.append(site)
                return Located(value: SecretValue(secret: Secret(text), isInline: true), site: site)
            case .object:
                return object.read(site).map { Located(value: $0, site: site) }
            default:
                site.mismatch(phrase, showsValue: false)
                return nil
            }
        }
    }
}

/// `{ "env": "NAME" }` or `{ "file": "path" }`.
private struct SecretReference: ObjectKeys {
    let env = Key("env", optional: .variableName, "The environment variable that holds the secret.")
    let file = Key("file", optional: .writtenPath, "The file that holds the secret; one line break at its end is cut.")

    var conditions: [SchemaNode] { [["minProperties": 1, "oneOf": [["required": ["env"]], ["required": ["file"]]]]] }

    func value(of object: ObjectReader) -> SecretValue? {
        let site = object.site
        let (name, path) = (object[env], object[file])
        guard object.has(env) != object.has(file) else {
            site.fault("a secret must have either \"env\" or \"file\"")
            return nil
        }
        guard case .everything = site.reading.scope else {
            return name ?? path == nil ? nil : SecretValue(secret: nil, isInline: false)
        }
        let text: String
        let source: String
        if let name {
            guard let value = site.reading.environment(name) else {
                object.site("env")?.fault("the environment variable \(name) is not set, set it before the relay starts")
                return nil
            }
            (text, source) = (value, "the environment variable \(name)")
        } else if let path {
            switch site.reading.text(ofFile: path) {
            case .failure(let fault):
                object.site("file")?.fault("\(fault.reason), write the secret into it as UTF-8 text")
                return nil
            case .success(let value): (text, source) = (value.withoutLastLineBreak, "the file \(path.quotedForMessage)")
            }
        } else {
            return nil
        }
        guard !text.isEmpty else {
            site.fault("is empty: \(source) holds nothing, put the value there")
            return nil
        }
        return SecretValue(secret: Secret(text), isInline: false)
    }
}

extension Form<String> {
    fileprivate static let variableName = Form.text(
        "the name of an environment variable", pattern: Pattern.whole("[^=\\u0000]+"), showsValue: false
    ) { text in
        text.isEmpty || text.utf8.contains(0) || text.utf8.contains(UInt8(ascii: "=")) ? nil : text
    }
}

extension String {
    /// Without one line feed, or carriage return and line feed, at its end.
    var withoutLastLineBreak: String {
        var scalars = unicodeScalars[...]
        if scalars.last == "\n" {
            scalars.removeLast()
            if scalars.last == "\r" { scalars.removeLast() }
        }
        return String(scalars)
    }
}
