import RelayModel
import X402Payments

/// `payments`.
struct PaymentsKeys: ObjectKeys {
    let wallet = Key(
        "wallet", required: .secret(inline: WalletKeyText.schema, as: "wallet"),
        "The Solana key that pays: a JSON array of 64 bytes, base58 of 64 or 32 bytes, or 64 hexadecimal digits.")
    let rpcUrls = Key(
        "rpcUrls",
        .list(
            "URLs",
            of: .url(
                URLRule(schemes: ["https", "http"], loopbackOnly: ["http"], allowsUser: true),
                example: "https://api.mainnet-beta.solana.com"), atLeast: 1),
        default: ["https://api.mainnet-beta.solana.com"], "Solana RPC servers, asked in this order.")
    let limits = Key("limits", required: .object(LimitKeys()), "What may be spent, over all feeds.")
    let allow = Key("allow", object: AllowKeys(), "What may be paid to whom.")

    func value(of object: ObjectReader) -> PaymentsConfiguration? {
        let wallet = object[wallet]
        let urls = object[rpcUrls]
        let limits = object[limits]
        let allow = object[allow]
        if let key = wallet?.value.secret, let fault = WalletKeyText.fault(of: key) { wallet?.site.fault(fault) }
        guard let wallet, var result = limits else { return nil }
        result.wallet = wallet.value.orUnread
        result.rpcURLs = urls.map(\.text)
        (result.networks, result.assets, result.recipients) = (allow.networks, allow.assets, allow.recipients)
        return result
    }
}

/// `payments.limits`.
struct LimitKeys: ObjectKeys {
    let perPayment = Key("perPayment", required: .money, "The most for one payment.")
    let perHour = Key("perHour", optional: .money, otherwise: "no limit", "The most in any hour.")
    let perDay = Key("perDay", required: .money, "The most in any 24 hours.")
    let total = Key("total", optional: .money, otherwise: "no limit", "The most for ever.")
    let priceJump = Key(
        "priceJump", .factor, default: "1.5", "How many times the feed's last price a payment may cost.")

    /// The limits alone, in a configuration whose other parts are still empty.
    func value(of object: ObjectReader) -> PaymentsConfiguration? {
        let (each, hourly, daily, total) = (object[perPayment], object[perHour], object[perDay], object[total])
        let jump = object[priceJump]
        guard let each, let daily else { return nil }
        for (name, limit) in [("perHour", hourly), ("perDay", daily), ("total", total)] {
            guard let limit, limit < each else { continue }
            object.site(name)?.warn("is less than perPayment, so no payment of that size can ever be made")
        }
        return PaymentsConfiguration(
            wallet: Secret(""), rpcURLs: [], perPayment: each, perHour: hourly, perDay: daily, total: total,
            priceJump: jump, networks: nil, assets: nil, recipients: nil)
    }
}

/// `payments.allow`.
struct AllowKeys: ObjectKeys {
    let networks = Key(
        "networks", optional: .list("networks", of: .network, atLeast: 1), otherwise: "Solana mainnet",
        "Networks to pay on.")
    let assets = Key(
        "assets", optional: .list("Solana addresses", of: .publicKey, atLeast: 1),
        otherwise: "USDC on Solana mainnet",
        "Mints of tokens to pay with.")
    let recipients = Key(
        "recipients", optional: .list("Solana addresses", of: .publicKey, atLeast: 1),
        otherwise: "the recipient of the feed's first payment",
        "Addresses to pay to.")

    func value(of object: ObjectReader) -> (networks: [String]?, assets: [String]?, recipients: [String]?)? {
        let result = (networks: object[networks], assets: object[assets], recipients: object[recipients])
        warn(result.networks ?? [], hasAssets: result.assets != nil, in: object)
        return result
    }

    private func warn(_ names: [String], hasAssets: Bool, in object: ObjectReader) {
        guard let site = object.site(networks.name) else { return }
        for (name, element) in zip(names, site.elements) where SolanaNetwork(anyName: name) == nil {
            let known = SolanaNetwork.allCases.flatMap { [$0.v1Name, $0.caip2] }.joined(separator: ", ")
            element.warn("the relay cannot pay on this network, it can on \(known)")
        }
        let payable = names.compactMap(SolanaNetwork.init(anyName:))
        if !hasAssets, !payable.isEmpty, !payable.contains(.mainnet) {
            site.warn(
                "none of them has USDC of Solana mainnet, the only asset that is allowed without payments.allow.assets")
        }
    }
}

extension Form<String> {
    static let solanaAddress = Form.text(
        "a Solana address (32 to 44 characters of base58)", pattern: Pattern.whole(Pattern.solanaAddress),
        as: "solanaAddress", label: "Solana address", showsValue: false
    ) { text in
        WalletAddress.form(of: text.utf8) == .base58 ? text : nil
    }

    /// An address of 32 bytes, as money is sent to it.
    fileprivate static let publicKey = solanaAddress.map { text, site in
        if SolanaAddress(text) != nil { return text }
        site.fault("is no Solana address: its base58 is not of 32 bytes, copy it again")
        return nil
    }

    /// A name of x402 version 1, or CAIP-2.
    fileprivate static let network = Form.text(
        "a network such as \"solana\" or \"solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp\"",
        pattern: Pattern.whole("[a-z0-9-]{3,32}(?::[A-Za-z0-9_-]{1,32})?"), showsValue: false
    ) { text in
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        func isWord(_ word: Substring, _ lengths: ClosedRange<Int>, _ isAllowed: (Unicode.Scalar) -> Bool) -> Bool {
            lengths.contains(word.unicodeScalars.count) && word.unicodeScalars.allSatisfy(isAllowed)
        }
        let isChain = isWord(parts[0], 3...32) { ("a"..."z").contains($0) || ("0"..."9").contains($0) || $0 == "-" }
        let isReference =
            parts.count < 2
            || isWord(parts[1], 1...32) {
                ("a"..."z").contains($0) || ("A"..."Z").contains($0) || ("0"..."9").contains($0) || $0 == "-"
                    || $0 == "_"
            }
        return isChain && isReference && parts.count < 3 ? text : nil
    }
}
