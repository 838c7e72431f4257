/// One request to the API, taken apart; how it came (a socket, TCP, the same process) no longer matters.
package struct AdminRequest: Hashable, Sendable {
    /// One `name=value` of the query, both decoded.
    package struct Parameter: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// As HTTP has it: `GET`, `POST`.
    package var method: String
    /// The path's segments, decoded: `["api", "v1", "status"]`; `[""]` for `/`.
    package var path: [String]
    package var query: [Parameter]
    package var body: [UInt8]

    package init(method: String, path: [String], query: [Parameter] = [], body: [UInt8] = []) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
    }

    /// `GET /api/v1/` and these segments, which may hold any characters.
    package static func get(_ segments: String..., query: [Parameter] = []) -> AdminRequest {
        AdminRequest(method: "GET", path: ["api", "v1"] + segments, query: query)
    }

    /// `POST /api/v1/` and these segments, which may hold any characters.
    package static func post(_ segments: String..., query: [Parameter] = [], body: [UInt8] = []) -> AdminRequest {
        AdminRequest(method: "POST", path: ["api", "v1"] + segments, query: query, body: body)
    }

    /// From a request target in origin form (RFC 9112, section 3.2.1); nil for another form and for broken escapes.
    package init?(method: String, target: String, body: [UInt8] = []) {
        guard target.utf8.first == UInt8(ascii: "/") else { return nil }
        let mark = target.firstIndex(of: "?")
        var path: [String] = []
        for segment in target[..<(mark ?? target.endIndex)].dropFirst().split(
            separator: "/", omittingEmptySubsequences: false)
        {
            guard let decoded = PercentCoding.decode(segment) else { return nil }
            path.append(decoded)
        }
        var query: [Parameter] = []
        for pair in mark.map({ target[target.index(after: $0)...].split(separator: "&") }) ?? [] {
            let equals = pair.firstIndex(of: "=") ?? pair.endIndex
            guard let name = PercentCoding.decode(pair[..<equals]),
                let value = PercentCoding.decode(pair[equals...].dropFirst())
            else { return nil }
            query.append(Parameter(name, value))
        }
        self.init(method: method, path: path, query: query, body: body)
    }

    /// The request target in origin form.
    package var target: String {
        let path = "/" + path.map(PercentCoding.encode).joined(separator: "/")
        guard !query.isEmpty else { return path }
        let pairs = query.map { PercentCoding.encode($0.name) + "=" + PercentCoding.encode($0.value) }
        return path + "?" + pairs.joined(separator: "&")
    }
}
