import RelayModel

/// A page of a listing, put together from as many of the API's as it takes.
///
/// For one of its pages the API looks at so many entries and no more: where little fits, a page is short or empty, and not
/// the last.
struct GatheredPage {
    /// The member that has the entries: `deliveries` or `payments`.
    let list: String
    private(set) var entries: [JSONFields] = []
    /// Where the next page goes on; nil where there is none.
    private(set) var cursor: String?
    /// The last of the API's pages.
    private(set) var last: JSONFields?
    private let others: [String]

    /// Asks until there are `limit` entries, or no more.
    ///
    /// - Parameter others: the names of what is kept of the last page beside its entries.
    /// - Parameter ask: the API's page from a cursor, with at most so many entries.
    init(
        of list: String, with others: [String] = [], from start: String?, limit: Int,
        ask: (_ cursor: String?, _ limit: Int) async throws -> JSONFields
    ) async throws {
        self.list = list
        self.others = others
        cursor = start
        repeat {
            let page = try await ask(cursor, limit - entries.count)
            entries += page.objects(list)
            cursor = page["cursor"]
            last = page
        } while entries.count < limit && cursor != nil
    }

    /// The object that the API would give for the whole page.
    var json: [UInt8] {
        var object = JSONObjectWriter()
        object.raw(list, Array("[".utf8) + entries.map(\.bytes).joined(separator: Array(",".utf8)) + Array("]".utf8))
        object.string("cursor", orNull: cursor)
        for name in others { object.raw(name, last?.bytes(name) ?? Array("null".utf8)) }
        return object.bytes
    }
}
