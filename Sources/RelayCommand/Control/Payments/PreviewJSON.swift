import RelayAssembly
import RelayModel

/// What feeds will cost, as JSON: amounts are strings in the asset's units, and what is not known is `null`.
enum PreviewJSON {
    static func object(_ preview: PricePreview) -> JSONObjectWriter {
        var object = JSONObjectWriter()
        object.objects("feeds", preview.feeds) { feed, object in
            let price = try? feed.price.get()
            object.string("feed", feed.name)
            object.string("stream", feed.stream)
            object.string("price", orNull: price?.units.description)
            object.string("asset", orNull: price?.asset)
            object.string("network", orNull: price?.network)
            object.string("recipient", orNull: price?.recipient)
            object.value("sliceSeconds", feed.sliceSeconds)
            object.value("sliceAssumed", feed.knownSliceSeconds == nil)
            write(&object) { feed.cost(ofSeconds: $0) }
            if case .failure(let fault) = feed.price {
                object.string("error", fault.description)
            } else {
                object.value("error", "null")
            }
        }
        object.object("all") { write(&$0) { preview.cost(ofSeconds: $0) } }
        if let limits = preview.limits {
            object.object("limits") {
                $0.string("perPayment", limits.perPayment.description)
                $0.string("perHour", orNull: limits.perHour?.description)
                $0.string("perDay", limits.perDay.description)
                $0.string("total", orNull: limits.total?.description)
            }
        } else {
            object.value("limits", "null")
        }
        object.strings("shortfalls", preview.shortfalls)
        return object
    }

    private static func write(_ object: inout JSONObjectWriter, _ cost: (_ seconds: UInt64) -> TokenAmount?) {
        object.string("perHour", orNull: cost(PricePreview.hour)?.description)
        object.string("perDay", orNull: cost(PricePreview.day)?.description)
        object.string("perMonth", orNull: cost(PricePreview.month)?.description)
    }
}
