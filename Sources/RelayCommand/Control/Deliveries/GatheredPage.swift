import RelayModel

/// A page of a listing, put together from as many of the API's as it takes.
///
/// For one of its pages the API looks at so many deliveries and no more: where little fits, a page is short or empty, and not
/// the last.
struct GatheredPage {
    private(set) var deliveries: [JSONFields] = []
    /// Where the next page goes on; nil where there is none.
    private(set) var cursor: String?

    /// Asks until there are `limit` deliveries, or no more.
    ///
    /// - Parameter ask: the API's page from a cursor, with at most so many deliveries.
    init(
        from start: String?, limit: Int, ask: (_ cursor: String?, _ limit: Int) async throws -> JSONFields
    ) async throws {
        cursor = start
        repeat {
            let page = try await ask(cursor, limit - deliveries.count)
            deliveries += page.objects("deliveries")
            cursor = page["cursor"]
        } while deliveries.count < limit && cursor != nil
    }

    /// The object that the API would give for the whole page.
    var json: [UInt8] {
        var object = JSONObjectWriter()
        object.raw(
            "deliveries", Array("[".utf8) + deliveries.map(\.bytes).joined(separator: Array(",".utf8)) + Array("]".utf8)
        )
        object.string("cursor", orNull: cursor)
        return object.bytes
    }
}
