import RelayModel

/// The OpenAPI document of what is served here.
enum APIDocument {
    /// As it lies in the binary, with this build's version in its place.
    static let bytes: [UInt8] = {
        let text = String(decoding: PackageResources.openapi_json, as: UTF8.self)
        return Array(text.replacing("{{version}}", with: RelayVersion.current, maxReplacements: 1).utf8)
    }()
}
