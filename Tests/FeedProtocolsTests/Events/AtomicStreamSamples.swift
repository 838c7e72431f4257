import FeedProtocols
import RelayModel

/// AtomicStream's events in the shapes that its page and its clients show.
enum AtomicStreamSamples {
    static let reader = EventReader(protocol: .atomicstream, feed: "solana")

    static let enhanced = """
        {"type":"transaction","commitment":"confirmed","slot":312345678,"signature":"sig_1","timestamp":1697234567,\
        "isVote":false,"index":3,"err":null,"fee":5000,"feePayer":"Fee","accounts":["Fee","Ann","Bob"],\
        "nativeTransfers":[{"fromUserAccount":"Ann","toUserAccount":"Bob","amount":5000000}],\
        "tokenTransfers":[{"fromTokenAccount":"CatT","toTokenAccount":"BobT","fromUserAccount":"Cat",\
        "toUserAccount":"Bob","tokenAmount":0.1,"mint":"USDC","tokenStandard":"Fungible"}],\
        "accountData":[{"account":"BobT","nativeBalanceChange":0,"tokenBalanceChanges":[{"userAccount":"Bob",\
        "tokenAccount":"BobT","rawTokenAmount":{"tokenAmount":"100000","decimals":6},"mint":"USDC"}]}],\
        "instructions":[{"programId":"Prog","accounts":["Dan","BobT"],"data":"3Bxs",\
        "innerInstructions":[{"programId":"Prog","accounts":["Eve"],"data":""}]}],"computeUnitsConsumed":150,"logs":[]}
        """

    static let raw = """
        {"type":"transaction","commitment":"processed","slot":312345678,"signature":"sig_1","isVote":false,"index":3,\
        "err":null,"accounts":["Ann","BobT"],"tokenBalanceChanges":[{"account":"BobT","mint":"USDC","owner":"Bob",\
        "decimals":6,"preAmount":"0","preAmountUi":"0","postAmount":"5","postAmountUi":"0.000005","delta":"5",\
        "deltaUi":"0.000005"},{"account":"CatT","mint":"USDC","owner":"Cat"},{"account":"AnnT","mint":"BONK",\
        "owner":"Ann"}],"logs":["Program log: owner"],"computeUnitsConsumed":150}
        """

    static let account = """
        {"type":"account","stream":"account-data","pubkey":"KEY","owner":"Prog","lamports":"2039280","data":"AQID",\
        "dataEncoding":"base64","slot":312345678,"executable":false,"rentEpoch":"18446744073709551615",\
        "writeVersion":"18446744073709551615","txnSignature":"sig_1"}
        """

    static let slot = """
        {"type":"slot","stream":"infrastructure-pulse","slot":312345678,"parent":312345677,"status":"SLOT_PROCESSED",\
        "tps":4012.5}
        """

    static let ticker = """
        {"type":"ticker","baseMint":"BASE","quoteMint":"QUOTE","price":0.10,"dex":"raydium","slot":312345678,\
        "signature":"sig_1"}
        """

    static let leaderboard = """
        {"type":"leaderboard","stream":"trending-leaderboard","windowSeconds":60,"intervalSeconds":5,\
        "asOf":"2026-01-01T00:00:00Z","items":[{"mint":"USDC","volumeUsd":0}]}
        """

    static let status = #"{"type":"status","clientId":"c","now":"n"}"#

    static func fields(_ text: String) throws -> DerivedFields {
        reader.fields(of: try Samples.document(text), payment: .notKnownYet)
    }

    static func event(_ text: String) throws -> Event {
        let document = try Samples.document(text)
        return reader.event(
            document, id: reader.id(of: document), fields: reader.fields(of: document, payment: .none),
            receivedAt: Timestamp(milliseconds: 1), wallTime: Timestamp(milliseconds: 2))
    }

    /// A value as a rule sees it: a string in quotes, digits without.
    static func show(_ value: DerivedFields.Value, in document: JSONDocument) -> String {
        switch value {
        case .absent: "absent"
        case .unknown: "unknown"
        case .event(let node): String(decoding: document.slice(node), as: UTF8.self)
        case .payment: "a payment's"
        case .text(let text): JSONEscapes.quoted(text)
        case .number(let digits): digits
        }
    }

    /// `sender > recipient: amount mint` of each transfer.
    static func transfers(_ text: String) throws -> [String] {
        let document = try Samples.document(text)
        return reader.fields(of: document, payment: .none).transfers.map { transfer in
            func text(_ value: DerivedFields.Value) -> String {
                show(value, in: document).replacing("\"", with: "")
            }
            let mint = transfer.mint == .absent ? "native" : show(transfer.mint, in: document)
            return
                "\(text(transfer.sender)) > \(text(transfer.recipient)): \(show(transfer.amount, in: document)) \(mint)"
        }
    }

    static func wallets(_ text: String) throws -> [String] {
        let document = try Samples.document(text)
        return reader.wallets(of: document, fields: reader.fields(of: document, payment: .none)).map(\.canonical)
    }
}
