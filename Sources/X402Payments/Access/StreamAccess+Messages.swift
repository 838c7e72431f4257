package import RelayModel

extension StreamAccess {
    /// What the configuration says of the feed.
    package struct Settings: Hashable, Sendable {
        package var feed: String
        package var resource: StreamResource
        /// Renew over the WebSocket instead of by HTTP.
        package var renewsInband: Bool
        /// A token already bought.
        package var token: Secret?
        /// The waits between two looks at a price that cannot be paid, and between two sends of one payment.
        package var reconnectInitial: Duration
        package var reconnectMax: Duration

        package init(
            feed: String, resource: StreamResource, renewsInband: Bool, token: Secret?, reconnectInitial: Duration,
            reconnectMax: Duration
        ) {
            self.feed = feed
            self.resource = resource
            self.renewsInband = renewsInband
            self.token = token
            self.reconnectInitial = reconnectInitial
            self.reconnectMax = reconnectMax
        }
    }

    /// What happened.
    package enum Input: Hashable, Sendable {
        /// The feed's connections want a token; once, before anything else.
        case start
        case stream(StreamNews)
        /// The answer to a request; nil headers and body where none came.
        case answered(RequestID, HTTPAnswer)
        case blockhash(RequestID, Result<Blockhash, ChainFault>)
        case mint(RequestID, Result<SolanaMint, ChainFault>)
        case landing(RequestID, LandingVerdict)
        /// The change is on disk.
        case written(RequestID)
        /// It is not, and will not be.
        case notWritten(RequestID, reason: String)
        /// A reload: the feed's settings now, and with it an operator's agreement to go on after two unserved payments.
        case reloaded(Settings)
        case tick
    }

    /// What to do, in this order.
    package enum Action: Hashable, Sendable {
        case order(StreamOrder)
        /// Send it to the resource's origin; its answer comes as `answered`.
        case request(RequestID, HTTPQuestion)
        case askBlockhash(RequestID)
        case askMint(RequestID, SolanaAddress)
        case askLanding(RequestID, LedgerEntry)
        /// Write it with a sync; what comes of it comes as `written` or `notWritten`.
        case write(RequestID, LedgerChange)
        /// Tell it through the rules, and the log.
        case tell(OwnEvent)
        /// For the log alone.
        case note(String)
    }

    /// Tells the questions of one access apart, in their order.
    package typealias RequestID = Int

    package struct HTTPQuestion: Hashable, Sendable {
        /// `GET` or `POST`.
        package var method: String
        package var resource: StreamResource
        /// With its query.
        package var path: String
        package var headers: [HTTPField]
        package var body: [UInt8]

        package init(method: String, resource: StreamResource, path: String, headers: [HTTPField], body: [UInt8]) {
            self.method = method
            self.resource = resource
            self.path = path
            self.headers = headers
            self.body = body
        }
    }

    package enum HTTPAnswer: Hashable, Sendable {
        case received(status: Int, headers: [HTTPField], body: [UInt8])
        /// No whole answer came; `mayHaveLeft` tells whether a part of the request may have left.
        case failed(reason: String, mayHaveLeft: Bool)
    }

    package struct Blockhash: Hashable, Sendable {
        package var hash: SolanaAddress
        package var lastValidBlockHeight: UInt64?

        package init(hash: SolanaAddress, lastValidBlockHeight: UInt64?) {
            self.hash = hash
            self.lastValidBlockHeight = lastValidBlockHeight
        }
    }

    /// Why no RPC gave what was asked, as a clause that names them.
    package struct ChainFault: Error, Hashable, Sendable, CustomStringConvertible {
        package var description: String

        package init(_ description: String) {
            self.description = description
        }
    }

    /// How the access stands, for an operator to see.
    package struct Standing: Hashable, Sendable {
        package enum State: String, Hashable, Sendable {
            /// A token is in use that nobody refused, and nothing is owed.
            case paid
            /// A price is asked for, or a payment is being made.
            case paying
            /// A payment was made of which the outcome is not known.
            case unresolved
            /// It should be paid, and is not: `reason` says why; looked at anew from time to time.
            case unpaid
            /// Two payments in a row gave nothing: no further one before a reload.
            case stopped
        }

        package var state: State
        package var reason: String?
        package var since: Timestamp
        package var paidUntil: Timestamp?
        package var sliceSeconds: Int?
        /// The last price that a challenge named, in the asset's units.
        package var price: TokenAmount?

        package init(
            state: State, reason: String?, since: Timestamp, paidUntil: Timestamp?, sliceSeconds: Int?,
            price: TokenAmount?
        ) {
            self.state = state
            self.reason = reason
            self.since = since
            self.paidUntil = paidUntil
            self.sliceSeconds = sliceSeconds
            self.price = price
        }
    }
}
