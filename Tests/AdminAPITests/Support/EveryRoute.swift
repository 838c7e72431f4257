/// Every route there is, as the API's document writes it.
enum EveryRoute {
    static let reading = [
        "/healthz", "/readyz", "/metrics", "/", "/page/{file}", "/api/v1/status", "/api/v1/history", "/api/v1/feeds",
        "/api/v1/destinations", "/api/v1/rules", "/api/v1/deliveries", "/api/v1/deliveries/{id}", "/api/v1/payments",
        "/api/v1/payments/{id}", "/api/v1/events", "/api/v1/openapi.json",
    ]
    static let changing = [
        "/api/v1/deliveries/{id}/retry", "/api/v1/deliveries/{id}/discard", "/api/v1/destinations/{name}/pause",
        "/api/v1/destinations/{name}/resume", "/api/v1/destinations/{name}/test", "/api/v1/replay", "/api/v1/reload",
        "/api/v1/match",
    ]

    /// With something in place of what stands in braces.
    static func target(_ path: String) -> String {
        path.replacing("{id}", with: "1").replacing("{name}", with: "billing").replacing("{file}", with: "app.js")
    }
}
