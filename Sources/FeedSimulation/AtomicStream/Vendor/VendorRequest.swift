import RelayModel
import X402Payments

/// A whole HTTP request, as the simulated vendor sees it.
struct VendorRequest: Sendable {
    /// A payment with its transaction in base64 is about two kilobytes.
    static let maxBody = 64 << 10
    /// Of all headers together; a payment's header holds its challenge's entry too.
    static let maxHeaders = 32 << 10

    var method: String
    /// Without the query.
    var path: String
    var query: [String: String]
    var headers: [HTTPField]
    var body: [UInt8]

    init(method: String, uri: String, headers: [HTTPField] = [], body: [UInt8] = []) {
        self.method = method
        let parts = uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = String(parts[0])
        query = [:]
        for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&").prefix(16) {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            query[String(halves[0])] = halves.count > 1 ? String(halves[1]) : ""
        }
        self.headers = headers
        self.body = body
    }

    /// The value of the only header of this name.
    func header(_ name: String) -> String? {
        let found = headers.filter { $0.name.lowercased() == name.lowercased() }
        return found.count == 1 ? found[0].value : nil
    }
}

/// What the simulated vendor does with a request.
struct VendorAnswer: Equatable, Sendable {
    var status: Int
    var headers: [HTTPField] = []
    var body: [UInt8] = []
    /// The connection ends without any of it.
    var isLost = false

    static func json(_ status: Int, _ body: [UInt8], _ headers: [HTTPField] = []) -> VendorAnswer {
        VendorAnswer(status: status, headers: [HTTPField("content-type", "application/json")] + headers, body: body)
    }

    /// `{"error":…}`.
    static func error(_ status: Int, _ text: String, _ headers: [HTTPField] = []) -> VendorAnswer {
        var object = JSONObjectWriter()
        object.string("error", text)
        return json(status, object.bytes, headers)
    }
}

/// What the path of a request names.
struct VendorPath: Equatable, Sendable {
    enum Door: Equatable, Sendable {
        case schema, renew, stream
    }

    var door: Door
    var version: X402Version
    var stream: String

    /// `/<v>/schema/stream/<id>`, `/<v>/renew/stream/<id>` and `/<v>/stream/<id>`; nil for any other.
    init?(_ path: String) {
        var parts = path.split(separator: "/", omittingEmptySubsequences: false)[...]
        guard parts.popFirst() == "", let version = parts.popFirst(), let id = parts.popLast(),
            StreamCatalog.isID(id), parts.popLast() == "stream"
        else { return nil }
        switch version {
        case "v1": self.version = .v1
        case "v2": self.version = .v2
        default: return nil
        }
        switch Array(parts) {
        case []: door = .stream
        case ["schema"]: door = .schema
        case ["renew"]: door = .renew
        default: return nil
        }
        stream = String(id)
    }

    init(_ door: Door, _ version: X402Version, _ stream: String) {
        self.door = door
        self.version = version
        self.stream = stream
    }

    var text: String {
        switch door {
        case .schema: "/v\(version.rawValue)/schema/stream/\(stream)"
        case .renew: "/v\(version.rawValue)/renew/stream/\(stream)"
        case .stream: "/v\(version.rawValue)/stream/\(stream)"
        }
    }
}
