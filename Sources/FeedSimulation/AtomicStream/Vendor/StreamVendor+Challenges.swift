import RelayModel
import X402Payments

extension StreamVendor {
    static let network = SolanaNetwork.mainnet
    static let mint = SolanaMint.usdc
    private static let memoCharacters = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)

    /// Of a slice, now, in USDC's smallest units.
    var price: UInt64 {
        guard let after = options.faults.raisePriceAfter, totals.settled >= after else { return options.price }
        let (product, isOver) = UInt128(options.price).multipliedReportingOverflow(by: options.faults.priceFactor.parts)
        let one = TokenAmount(atomic: 1, decimals: 0)?.parts ?? 1
        return isOver ? .max : UInt64(clamping: product / one)
    }

    var sliceSeconds: Int64 { max(1, options.slice.wholeMilliseconds / 1000) }

    static func name(of network: SolanaNetwork, _ version: X402Version) -> String {
        version == .v1 ? network.v1Name : network.caip2
    }

    /// A 402 that names the price; `receipt` of a payment that was refused.
    mutating func challenge(
        _ path: VendorPath, _ error: String, at now: Timestamp, receipt: [HTTPField] = []
    ) -> VendorAnswer {
        let memo = options.namesMemo ? "sim-" + random.text(20, of: Self.memoCharacters) : nil
        let terms = terms(path, memo: memo, at: now)
        offers.post(PostedOffer(path: path, amount: price, terms: terms, at: now))
        totals.challenges += 1
        changes.append(.challenged(path: path.text, amount: Self.units(price), memo: memo))

        var object = JSONObjectWriter()
        object.value("x402Version", path.version.rawValue)
        object.string("error", error)
        if path.version == .v2 {
            object.object("resource") { resource in
                resource.string("url", origin + path.text)
                resource.string("description", Self.description(of: path))
                resource.string("mimeType", "application/json")
            }
        }
        object.objects("accepts", [terms]) { write($0, for: path, to: &$1) }
        guard path.version == .v2 else { return .json(402, object.bytes, receipt) }
        object.object("extensions") { extensions in
            guard options.remembersPayments else { return }
            extensions.object("payment-identifier") { identifier in
                identifier.value("info", #"{"required":false}"#)
                identifier.value("schema", #"{"type":"object","properties":{"id":{"type":"string"}}}"#)
            }
        }
        let header = HTTPField(PaymentChallenge.header, Base64.encode(object.bytes))
        return .json(402, Array("{}".utf8), [header] + receipt)
    }

    private func terms(_ path: VendorPath, memo: String?, at now: Timestamp) -> PaymentOffer {
        PaymentOffer(
            scheme: "exact", network: Self.name(of: Self.network, path.version), asset: Self.mint.address.description,
            amount: "\(price)", recipient: recipient.description,
            resource: path.version == .v1 ? origin + path.text : nil, feePayer: feePayer.address.description,
            memo: memo,
            recentBlockhash: options.namesBlockhash ? chain.blockhash(of: chain.slot(.confirmed, at: now)) : nil,
            paymentFlow: nil, json: [])
    }

    private func write(_ terms: PaymentOffer, for path: VendorPath, to entry: inout JSONObjectWriter) {
        entry.string("scheme", terms.scheme)
        entry.string("network", terms.network)
        entry.string(path.version == .v1 ? "maxAmountRequired" : "amount", terms.amount ?? "")
        entry.string("asset", terms.asset)
        entry.string("payTo", terms.recipient)
        if let resource = terms.resource {
            entry.string("resource", resource)
            entry.string("description", Self.description(of: path))
            entry.string("mimeType", "application/json")
        }
        entry.value("maxTimeoutSeconds", 60)
        entry.object("extra") { extra in
            if let feePayer = terms.feePayer { extra.string("feePayer", feePayer) }
            if let memo = terms.memo { extra.string("memo", memo) }
            if let blockhash = terms.recentBlockhash { extra.string("recentBlockhash", blockhash) }
        }
    }

    /// What a payment bought, with the stream's endpoint.
    func schema(_ path: VendorPath, _ token: SliceToken, paid amount: UInt64) -> [UInt8] {
        var object = JSONObjectWriter()
        object.string("protocol", "ws402")
        object.string("version", "1")
        object.string(
            "websocketEndpoint",
            "ws://\(authority)\(VendorPath(.stream, path.version, path.stream).text)?t=\(token.text)")
        object.object("pricing") { pricing in
            // To the ninth place, cut: an amount for people to read, never one to pay.
            pricing.value(
                "pricePerSecond",
                TokenAmount(atomic: amount * 1_000 / UInt64(sliceSeconds), decimals: Self.mint.decimals + 3)
                    ?? .zero)
            pricing.string("currency", "USDC")
            pricing.value("estimatedDuration", sliceSeconds)
        }
        object.object("paymentDetails") { details in
            details.string("scheme", "exact")
            details.string("network", Self.name(of: Self.network, path.version))
            details.string("asset", Self.mint.address.description)
            details.string("payTo", recipient.description)
            details.string("maxAmountRequired", "\(amount)")
            details.value("maxTimeoutSeconds", 60)
        }
        object.object("stream") { stream in
            stream.string("id", path.stream)
            stream.string("title", "Simulated \(path.stream)")
            stream.string("description", Self.description(of: path))
        }
        return object.bytes
    }

    /// The header in which the vendor says what came of a payment.
    func receipt(
        _ version: X402Version, success: Bool, reason: String? = nil, payer: String?, transaction: String?
    ) -> HTTPField {
        var object = JSONObjectWriter()
        object.value("success", success)
        if let reason { object.string("errorReason", reason) }
        if let payer { object.string("payer", payer) }
        object.string("transaction", transaction ?? "")
        object.string("network", Self.name(of: Self.network, version))
        return HTTPField(
            version == .v1 ? "X-PAYMENT-RESPONSE" : "PAYMENT-RESPONSE", Base64.encode(object.bytes))
    }

    /// The hints that reminders carry: where to renew, and what it may cost.
    func renewHints(_ path: VendorPath) -> [UInt8] {
        let endpoint = origin + VendorPath(.renew, path.version, path.stream).text
        let hint = "amount=\(price) asset=\(Self.mint.address)"
        var object = JSONObjectWriter()
        object.object("http") { http in
            http.string("endpoint", endpoint)
            http.string("method", "POST")
            http.string("priceHint", hint)
        }
        if path.version == .v2 {
            object.object("inband") { inband in
                inband.string("challengeEndpoint", endpoint)
                inband.string("method", "POST")
                inband.string("priceHint", hint)
            }
        }
        return object.bytes
    }

    static func units(_ amount: UInt64) -> TokenAmount {
        TokenAmount(atomic: amount, decimals: mint.decimals) ?? .zero
    }

    private static func description(of path: VendorPath) -> String {
        path.door == .renew ? "A further slice of the stream \(path.stream)" : "A slice of the stream \(path.stream)"
    }
}
