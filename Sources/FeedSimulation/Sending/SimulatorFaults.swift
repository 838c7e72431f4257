import RelayModel

/// What goes wrong in a simulated feed; nothing unless asked for.
///
/// On each connection by itself, but for `dropOne` and `dropAll`, which strike the feed as a whole.
package struct SimulatorFaults: Sendable {
    /// When a fault strikes, in events sent on a connection.
    package enum Occasion: Hashable, Sendable {
        case never
        /// At each `n`th event.
        case every(Int)
        /// At each event with a chance of one in `n`, drawn from the seed.
        case oneIn(Int)

        /// Whether it strikes at the event of this number, counted from 1.
        func strikes(event: Int, _ random: inout SplitMix64) -> Bool {
            switch self {
            case .never: false
            case .every(let interval): event % max(interval, 1) == 0
            case .oneIn(let odds): random.below(max(odds, 1)) == 0
            }
        }
    }

    /// The connection ends after the event without a close frame.
    package var drop: Occasion
    /// One of the clients, drawn from the seed, loses its connection after the event, if another has been subscribed
    /// for `FeedDrops.settleTime`: so nothing is lost that several connections can keep.
    package var dropOne: Occasion
    /// All clients lose their connections after the event.
    package var dropAll: Occasion
    /// The event is sent twice.
    package var duplicate: Occasion
    /// A frame that is no event comes before the event: the `malformed` kinds in turn.
    package var malform: Occasion
    package var malformed: [MalformedFrame]
    /// After so many events the connection stays open, but nothing more is sent on it, pongs included.
    package var silentAfter: Int?
    /// How long the answer to an upgrade is held back.
    package var handshakeDelay: Duration
    /// The status that upgrades are refused with.
    package var refusedUpgrade: Int?

    package init(
        drop: Occasion = .never, dropOne: Occasion = .never, dropAll: Occasion = .never, duplicate: Occasion = .never,
        malform: Occasion = .never,
        malformed: [MalformedFrame] = MalformedFrame.allCases, silentAfter: Int? = nil,
        handshakeDelay: Duration = .zero,
        refusedUpgrade: Int? = nil
    ) {
        self.drop = drop
        self.dropOne = dropOne
        self.dropAll = dropAll
        self.duplicate = duplicate
        self.malform = malform
        self.malformed = malformed
        self.silentAfter = silentAfter
        self.handshakeDelay = handshakeDelay
        self.refusedUpgrade = refusedUpgrade
    }
}

/// A text frame that is no event.
package enum MalformedFrame: String, CaseIterable, Sendable {
    /// Ends in the middle of a payment.
    case truncated
    case notUTF8
    /// 10,000 arrays within each other.
    case deep
    /// 20 MB of valid JSON.
    case huge
    /// A payment without `type`.
    case untyped
    /// A payment whose `amount` stands twice at the top level.
    case doubledKey

    /// The frame's payload.
    package var bytes: [UInt8] {
        switch self {
        case .truncated: Array(#"{"type":"payment","paymentId":"pay_trunc"#.utf8)
        case .notUTF8: Array(#"{"type":"payment","paymentId":""#.utf8) + [0xC3, 0x28, 0xFF] + Array(#""}"#.utf8)
        case .deep:
            Array(#"{"type":"payment","metadata":"#.utf8) + [UInt8](repeating: UInt8(ascii: "["), count: 10_000)
                + [UInt8](repeating: UInt8(ascii: "]"), count: 10_000) + Array("}".utf8)
        case .huge:
            Array(#"{"type":"payment","paymentId":"pay_huge","resource":""#.utf8)
                + [UInt8](repeating: UInt8(ascii: "x"), count: 20_000_000) + Array(#""}"#.utf8)
        case .untyped: Array(#"{"paymentId":"pay_untyped","amount":1}"#.utf8)
        case .doubledKey: Array(#"{"type":"payment","paymentId":"pay_doubled","amount":1,"amount":1000}"#.utf8)
        }
    }
}
