/// What a browser may do with an answer (Content Security Policy Level 3).
enum ContentPolicy: String {
    /// Of the dashboard: its own files and the API of the same origin, and no way from a text to a script.
    case page =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"
    /// Of all else: nothing.
    case data = "default-src 'none'; frame-ancestors 'none'"

    static let name = "content-security-policy"

    var field: AdminAnswer.Field { AdminAnswer.Field(Self.name, rawValue) }
}
