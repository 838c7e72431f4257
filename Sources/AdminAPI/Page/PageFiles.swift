/// The dashboard's files, as they lie in the binary: `/` is `index.html`, the others are under `/page/`.
///
/// Their folders are for people: to a browser all of them lie side by side, so modules import each other by name alone.
enum PageFiles {
    struct File {
        let contentType: String
        let bytes: [UInt8]
    }

    /// Nil for a name that no file has; the empty one is the page itself.
    static func file(_ name: String) -> File? {
        switch name {
        case "": File(contentType: "text/html; charset=utf-8", bytes: PackageResources.index_html)
        case "page.css": style(PackageResources.page_css)
        case "parts.css": style(PackageResources.parts_css)
        default: module(name).map { File(contentType: "text/javascript; charset=utf-8", bytes: $0) }
        }
    }

    private static func style(_ bytes: [UInt8]) -> File {
        File(contentType: "text/css; charset=utf-8", bytes: bytes)
    }

    private static func module(_ name: String) -> [UInt8]? {
        switch name {
        case "app.js": PackageResources.app_js
        case "api.js": PackageResources.api_js
        case "dialogs.js": PackageResources.dialogs_js
        case "dom.js": PackageResources.dom_js
        case "format.js": PackageResources.format_js
        case "json.js": PackageResources.json_js
        case "charts.js": PackageResources.charts_js
        case "destinations.js": PackageResources.destinations_js
        case "feeds.js": PackageResources.feeds_js
        case "header.js": PackageResources.header_js
        case "plot.js": PackageResources.plot_js
        case "rows.js": PackageResources.rows_js
        case "standing.js": PackageResources.standing_js
        case "deliveries.js": PackageResources.deliveries_js
        case "delivery.js": PackageResources.delivery_js
        case "live.js": PackageResources.live_js
        case "match.js": PackageResources.match_js
        case "payments.js": PackageResources.payments_js
        case "replay.js": PackageResources.replay_js
        default: nil
        }
    }
}
