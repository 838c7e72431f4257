import RelayModel

/// Where in the history of the paying token account a payment can be, told by the chain's slots where they are known, else by the
/// time of its signature.
struct LandingWindow: Sendable {
    /// How far an entry may be from the signature on both sides.
    ///
    /// The blocks' times are the chain's, the signature's is this machine's, which may be off; a wallet that pays every minute
    /// has 1,440 entries in a day.
    static let clockSlack: Duration = .seconds(86_400)
    /// The blocks in which a blockhash is valid, counted from its own; also what the end is taken later, since a block is
    /// made with the blockhashes of the one before.
    private static let validBlocks: UInt64 = 150
    /// Slots may pass without a block: no more than one for each block is assumed, and in the whole this many, which is a day.
    private static let spareSlots: UInt64 = 216_000

    private let times: ClosedRange<Timestamp>
    private var slots: ClosedRange<UInt64>?

    /// From the signature alone.
    init(signedAt: Timestamp) {
        times = (signedAt - Self.clockSlack)...(signedAt + Self.clockSlack)
    }

    /// Takes over what a server says of the chain: the block of a slot has this height, not above the slot; a payment is in
    /// no block above `last`.
    mutating func narrow(slot: UInt64, height: UInt64, last: UInt64) {
        let past = height > last ? height - last : 0
        // Nothing overflows: what is read is below 2^62.
        let back = 2 * past + 2 * Self.validBlocks + Self.spareSlots
        let end = past == 0 ? UInt64.max : slot - past + Self.validBlocks
        slots = (slot > back ? slot - back : 0)...end
    }

    /// Where an entry of the history is.
    enum Place: Sendable {
        /// So old that neither it nor what follows can be the payment; by its slot where slots are known, so that a clock
        /// that was ahead hides no payment.
        case past
        case inside
        /// Too new by its slot or by its time, and not by the other: the last valid height that was told is wrong, or this
        /// machine's clock was. Or too new by one, where the other is not told.
        case doubtful
        /// Too new.
        case yetToCome
    }

    func place(slot: UInt64?, time: Timestamp?) -> Place {
        let isLate = time.map { $0 > times.upperBound } ?? false
        guard let slots else {
            if isLate { return .yetToCome }
            return time.map { $0 < times.lowerBound } ?? false ? .past : .inside
        }
        if let slot, slot < slots.lowerBound { return .past }
        let isAbove = slot.map { $0 > slots.upperBound } ?? false
        if isLate && isAbove { return .yetToCome }
        return isLate || isAbove ? .doubtful : .inside
    }
}
