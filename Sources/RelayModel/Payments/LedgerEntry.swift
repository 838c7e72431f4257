/// The number of a payment in the ledger.
package struct PaymentID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let number: Int64

    package init(_ number: Int64) {
        self.number = number
    }

    package static func < (left: PaymentID, right: PaymentID) -> Bool { left.number < right.number }
    package var description: String { String(number) }
}

/// One signed payment: what it was for, what was signed, and what came of it.
///
/// It is on disk before its bytes leave. The wallet's key is no part of it.
package struct LedgerEntry: Hashable, Sendable {
    /// A payment counts as spent in every state but `expired`.
    package enum State: String, CaseIterable, Sendable {
        /// On disk; its bytes have not left yet.
        case signed
        /// Its bytes may have left; nothing is known of the outcome yet.
        case sent
        /// It landed, or the server served it; `served` says whether it gave what was paid for. Final.
        case settled
        /// The server refused it; it may land all the same until its blockhash has expired.
        case refused
        /// The answer was lost, or says nothing; it may have landed.
        case unknown
        /// Proven not to have landed, and that it never will: its money is free again. Final.
        case expired

        /// Whether nothing more can come of it.
        package var isFinal: Bool { self == .settled || self == .expired }
    }

    /// What was bought.
    package enum Purpose: String, CaseIterable, Sendable {
        /// The first slice, with a token: `GET /<v>/schema/stream/<id>`.
        case purchase
        /// A further slice, with a new token: `POST /<v>/renew/stream/<id>`.
        case renewal
        /// A further slice of the token in use, over the WebSocket.
        case inband
    }

    package var id: PaymentID
    package var feed: String
    package var resource: StreamResource
    package var purpose: Purpose
    package var signedAt: Timestamp
    /// CAIP-2.
    package var network: String
    /// The mint.
    package var asset: String
    package var decimals: UInt8
    /// In the token's smallest units.
    package var amount: UInt64
    package var recipient: String
    /// The wallet's public key, and its token account that pays.
    package var payer: String
    package var sourceAccount: String
    /// The text of the memo instruction, by which the payment is found on the chain.
    package var memo: String
    /// Base58.
    package var blockhash: String
    /// Nil where the challenge gave the blockhash.
    package var lastValidBlockHeight: UInt64?
    /// Base58 of the wallet's signature, which tells this payment from any other.
    package var clientSignature: String
    /// The token that the renewal is for, as its request names it.
    package var renewedToken: Secret?
    /// The payment payload as JSON, the signed transaction in it; empty once the state is final, when it is of no more use.
    package var payload: [UInt8]
    /// The entry of the challenge's `accepts` that is paid, as the server sent it; empty once the state is final.
    package var requirements: [UInt8]

    package var state: State
    /// Nil while that is not known, and for what expired.
    package var served: Bool?
    /// Why it was refused, is unknown or was not served, as a clause.
    package var reason: String?
    /// How many times its bytes have left, and when they did last.
    package var sends: Int
    package var sentAt: Timestamp?
    /// When it came to its final state.
    package var endedAt: Timestamp?
    /// The transaction's id (the fee payer's signature), once it is known.
    package var transaction: String?

    package init(
        id: PaymentID, feed: String, resource: StreamResource, purpose: Purpose, signedAt: Timestamp, network: String,
        asset: String, decimals: UInt8, amount: UInt64, recipient: String, payer: String, sourceAccount: String,
        memo: String, blockhash: String, lastValidBlockHeight: UInt64?, clientSignature: String, renewedToken: Secret?,
        payload: [UInt8], requirements: [UInt8], state: State = .signed, served: Bool? = nil, reason: String? = nil,
        sends: Int = 0, sentAt: Timestamp? = nil, endedAt: Timestamp? = nil, transaction: String? = nil
    ) {
        self.id = id
        self.feed = feed
        self.resource = resource
        self.purpose = purpose
        self.signedAt = signedAt
        self.network = network
        self.asset = asset
        self.decimals = decimals
        self.amount = amount
        self.recipient = recipient
        self.payer = payer
        self.sourceAccount = sourceAccount
        self.memo = memo
        self.blockhash = blockhash
        self.lastValidBlockHeight = lastValidBlockHeight
        self.clientSignature = clientSignature
        self.renewedToken = renewedToken
        self.payload = payload
        self.requirements = requirements
        self.state = state
        self.served = served
        self.reason = reason
        self.sends = sends
        self.sentAt = sentAt
        self.endedAt = endedAt
        self.transaction = transaction
    }

    /// The amount in the token's units.
    package var units: TokenAmount { TokenAmount(atomic: amount, decimals: decimals) ?? .zero }
}

/// A stream at its vendor: what a token is for.
package struct StreamResource: Hashable, Sendable, CustomStringConvertible {
    /// `https://host` or `https://host:port`, in lower case, without a path.
    package let origin: String
    /// `v1` or `v2`.
    package let version: String
    /// The stream's id.
    package let stream: String

    package init(origin: String, version: String, stream: String) {
        self.origin = origin
        self.version = version
        self.stream = stream
    }

    package var schemaPath: String { "/\(version)/schema/stream/\(stream)" }
    package var renewPath: String { "/\(version)/renew/stream/\(stream)" }
    package var streamPath: String { "/\(version)/stream/\(stream)" }
    /// The URL of the stream without a token.
    package var description: String { origin + streamPath }
}
