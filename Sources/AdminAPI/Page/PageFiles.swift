/// The dashboard's files, as they lie in the binary: `/` is `index.html`, the others are under `/page/`.
enum PageFiles {
    struct File {
        let contentType: String
        let bytes: [UInt8]
    }

    /// Nil for a name that no file has; the empty one is the page itself.
    static func file(_ name: String) -> File? {
        switch name {
        case "": File(contentType: "text/html; charset=utf-8", bytes: PackageResources.index_html)
        case "page.css": File(contentType: "text/css; charset=utf-8", bytes: PackageResources.page_css)
        case "app.js": File(contentType: "text/javascript; charset=utf-8", bytes: PackageResources.app_js)
        default: nil
        }
    }
}
