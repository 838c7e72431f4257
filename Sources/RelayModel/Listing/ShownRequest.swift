/// A webhook's request as it may be shown: exact, but for what is secret.
package struct ShownRequest: Hashable, Sendable {
    package struct Header: Hashable, Sendable {
        package var name: String
        /// Nil where it is secret.
        package var value: String?

        package init(_ name: String, _ value: String?) {
            self.name = name
            self.value = value
        }
    }

    package var method: String
    /// Without user, password and query.
    package var url: String
    /// In the order in which they are sent.
    package var headers: [Header]
    /// Byte for byte.
    package var body: [UInt8]

    package init(method: String, url: String, headers: [Header], body: [UInt8]) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}
