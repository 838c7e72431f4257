import RelayModel

/// What is known of a key without reading a value.
struct KeyDescription: Sendable {
    enum Presence: Sendable {
        case required
        /// Without it, what the text says (nil: nothing).
        case optional(otherwise: String?)
        case defaulted(SchemaNode)
    }

    let name: String
    let form: FormDescription
    let presence: Presence
    /// What it means, for the schema and the reference page.
    let summary: String
}

/// One key of an object, declared once: its name, the form of its value, whether it must be there, and what it means.
///
/// Reading a file, the JSON Schema and the reference page all follow from this.
struct Key<Value>: Sendable {
    let description: KeyDescription
    private let read: @Sendable (ObjectReader) -> Value

    var name: String { description.name }

    /// Its value in an object, or what stands for it; faults are reported.
    func value(in object: ObjectReader) -> Value { read(object) }

    /// A key with a default, given as JSON.
    init(_ name: String, _ form: Form<Value>, default fallback: SchemaNode, _ summary: String) {
        description = KeyDescription(
            name: name, form: form.description, presence: .defaulted(fallback), summary: summary)
        let text = Array(fallback.compact.utf8)
        read = { object in
            if let site = object.site(name), let value = form.read(site) { return value }
            // A value with a fault is reported, and the default stands for it so that the other faults are found.
            guard let document = try? JSONParser(limits: .configuration).parse(text),
                let value = form.read(
                    Site(
                        reading: object.site.reading, document: document, node: document.root,
                        path: object.site.path(to: name)))
            else { preconditionFailure("the default of \(name) is not of its form") }
            return value
        }
    }

    /// A key that may be left out; `otherwise` says what is done then.
    init<Wrapped>(_ name: String, optional form: Form<Wrapped>, otherwise: String? = nil, _ summary: String)
    where Value == Wrapped? {
        description = KeyDescription(
            name: name, form: form.description, presence: .optional(otherwise: otherwise), summary: summary)
        read = { object in object.site(name).flatMap(form.read) }
    }

    /// A key that must be there; nil when it is missing or has a fault, which are reported.
    init<Wrapped>(_ name: String, required form: Form<Wrapped>, _ summary: String) where Value == Wrapped? {
        description = KeyDescription(name: name, form: form.description, presence: .required, summary: summary)
        read = { object in
            guard let site = object.site(name) else {
                object.missing(name, "give \(form.description.phrase)")
                return nil
            }
            return form.read(site)
        }
    }

    /// An object that may be left out because each of its keys may.
    init<Keys: ObjectKeys>(_ name: String, object keys: Keys, _ summary: String) where Value == Keys.Value {
        let form = Form<Value>.object(keys)
        description = KeyDescription(
            name: name, form: form.description, presence: .optional(otherwise: nil), summary: summary)
        read = { object in
            if let site = object.site(name), let value = form.read(site) { return value }
            guard let value = keys.value(of: object.absent(name)) else {
                preconditionFailure("\(name) has a key that must be there")
            }
            return value
        }
    }
}

/// A key of whatever value.
protocol AnyKey: Sendable {
    var description: KeyDescription { get }
}

extension Key: AnyKey {}
