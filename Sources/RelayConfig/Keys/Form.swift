import RelayModel

/// What is known of a form without reading a value: for messages, the schema and the reference page.
struct FormDescription: Sendable {
    /// What lies within a value of the form.
    enum Inside: Sendable {
        case nothing
        /// An object with these keys.
        case keys([KeyDescription])
        /// An object whose keys are names, each with these keys.
        case named([KeyDescription])
    }

    /// The form in words, with its range, as it follows "must be".
    let phrase: String
    /// Refuses whatever is wrong in one value alone.
    let schema: SchemaNode
    /// What the reference page calls the form where it explains it once for all keys; nil where it is told at each key.
    var label: String?
    /// The forms of what a list holds.
    var elements: [FormDescription] = []
    var inside = Inside.nothing
}

/// The form of a value: how it is read, and how it is described.
///
/// The two stand together so that they stay the same.
struct Form<Value>: Sendable {
    let description: FormDescription
    /// The value at a place; nil when it is not of the form, which is then reported.
    let read: @Sendable (Site) -> Value?

    init(_ description: FormDescription, read: @escaping @Sendable (Site) -> Value?) {
        self.description = description
        self.read = read
    }

    /// The same form with its values changed; nil where a value is refused after all, which `transform` reports.
    func map<Other>(_ transform: @escaping @Sendable (Value, Site) -> Other?) -> Form<Other> {
        Form<Other>(description) { site in read(site).flatMap { transform($0, site) } }
    }

    /// The same form, each value with its place.
    var located: Form<Located<Value>> {
        map { value, site in Located(value: value, site: site) }
    }
}
