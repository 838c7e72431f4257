import Testing

@testable import AdminAPI

/// The document as it lies in the binary.
struct DescribedAPI {
    struct Operation: CustomTestStringConvertible {
        /// As the document has it: `/api/v1/deliveries/{id}`.
        let path: String
        /// As HTTP has it: `GET`.
        let method: String
        let value: JSONValue

        var testDescription: String { "\(method) \(path)" }

        /// The path's segments, with these in place of its parameters.
        func segments(_ values: [String: String] = [:]) -> [String] {
            path.dropFirst().split(separator: "/", omittingEmptySubsequences: false).map { segment in
                segment.first == "{" ? values[String(segment.dropFirst().dropLast())] ?? "7" : String(segment)
            }
        }

        var statuses: Set<String> { Set(value["responses"]?.members.keys.map { $0 } ?? []) }
    }

    let root: JSONValue

    init() throws {
        root = try JSONValue(PackageResources.openapi_json)
    }

    var operations: [Operation] {
        (root["paths"]?.members ?? [:]).flatMap { path, item in
            item.members.map { Operation(path: path, method: $0.key.uppercased(), value: $0.value) }
        }.sorted { ($0.path, $0.method) < ($1.path, $1.method) }
    }

    var schemas: [String: JSONValue] { root["components"]?["schemas"]?.members ?? [:] }

    /// What lies at a JSON pointer such as `#/components/schemas/Status`; nil where it leads nowhere.
    func target(_ pointer: String) -> JSONValue? {
        pointer.split(separator: "/").dropFirst().reduce(Optional(root)) { value, key in
            let key = String(key).replacing("~1", with: "/").replacing("~0", with: "~")
            if case .array(let elements) = value { return Int(key).map { elements[$0] } }
            return value?[key]
        }
    }

    /// `value`, or what it refers to.
    func followed(_ value: JSONValue?) -> JSONValue? {
        guard let pointer = value?["$ref"]?.text else { return value }
        return target(pointer)
    }

    /// The parameters of an operation that lie in `place`, `query` or `path`, by name.
    func parameters(of operation: Operation, in place: String) -> [String: JSONValue] {
        let found = (operation.value["parameters"]?.elements ?? []).compactMap { followed($0) }
        let named = found.filter { $0["in"]?.text == place }.map { ($0["name"]?.text ?? "", $0) }
        return Dictionary(named) { _, last in last }
    }

    /// What an answer may hold: pointers to schemas by content type, none where it is not written down.
    func content(of operation: Operation, status: Int) -> [String: String] {
        let answer = followed(operation.value["responses"]?["\(status)"])
        return (answer?["content"]?.members ?? [:]).mapValues { $0["schema"]?["$ref"]?.text ?? "" }
    }
}
