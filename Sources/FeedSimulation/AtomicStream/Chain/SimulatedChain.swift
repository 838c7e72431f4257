import RelayModel
import X402Payments

/// A Solana of its own on which everybody has money: slots by the clock, a blockhash for each, and what landed.
///
/// Its blockhashes are known nowhere else, so that no payment to it can be replayed where money is real.
struct SimulatedChain: Sendable {
    /// How sure it is that a slot stays, by how many slots it lies behind the head.
    enum Commitment: String, Sendable {
        case processed, confirmed, finalized

        var depth: UInt64 {
            switch self {
            case .processed: 0
            case .confirmed: 1
            case .finalized: 32
            }
        }
    }

    /// A transaction that is in a block.
    struct Landed: Sendable {
        /// The fee payer's, in base58.
        var signature: String
        var slot: UInt64
        var at: Timestamp
        var memo: String
        /// With all signatures.
        var wire: [UInt8]
        var accounts: Set<String>
    }

    /// The slot that `start` is in; the height lags behind, since some slots have no block.
    static let firstSlot: UInt64 = 380_000_000
    private static let slotsWithoutBlock: UInt64 = 21_848_391
    /// Far more than a run of hours pays for; the oldest is forgotten first.
    private static let maxLanded = 50_000

    private let seed: UInt64
    private let start: Timestamp
    private let slotTime: Duration
    /// For how many slots a blockhash is good.
    let validSlots: UInt64
    private(set) var landed: [Landed] = []

    init(seed: UInt64, start: Timestamp, slotTime: Duration, validSlots: Int) {
        self.seed = seed
        self.start = start
        self.slotTime = slotTime
        self.validSlots = UInt64(max(validSlots, 1))
    }

    // MARK: Slots

    func slot(_ commitment: Commitment, at now: Timestamp) -> UInt64 {
        let passed = max(0, (now - start).wholeMilliseconds) / max(1, slotTime.wholeMilliseconds)
        return Self.firstSlot + UInt64(passed) - commitment.depth
    }

    /// When the slot's block was made; nil for one that is to come.
    func time(of slot: UInt64, at now: Timestamp) -> Timestamp? {
        guard slot <= self.slot(.processed, at: now) else { return nil }
        // The first slots were before the start.
        let passed = Int64(slot) - Int64(Self.firstSlot)
        return start + .milliseconds(passed * max(1, slotTime.wholeMilliseconds))
    }

    func blockHeight(of slot: UInt64) -> UInt64 { slot - Self.slotsWithoutBlock }

    // MARK: Blockhashes

    func blockhash(of slot: UInt64) -> String { Base58.encode(hash(of: slot)) }

    private func hash(of slot: UInt64) -> [UInt8] {
        var random = SplitMix64(seed: seed &+ slot &* 0x2545_F491_4F6C_DD1D)
        return random.bytes(32)
    }

    /// The last block height at which a transaction with this slot's blockhash can land.
    func lastValidBlockHeight(of slot: UInt64) -> UInt64 { blockHeight(of: slot) + validSlots }

    /// Whether a transaction with this blockhash could land on the block of that commitment: neither too old nor too
    /// new for it.
    func isValid(_ blockhash: String, _ commitment: Commitment, at now: Timestamp) -> Bool {
        guard let slot = recentSlot(of: blockhash, at: now) else { return false }
        let head = self.slot(commitment, at: now)
        return slot <= head && head - slot <= validSlots
    }

    /// Whether it can never again be valid, at whatever commitment one looks.
    func hasExpired(_ blockhash: String, at now: Timestamp) -> Bool {
        guard let slot = recentSlot(of: blockhash, at: now) else { return true }
        return slot + validSlots < self.slot(.finalized, at: now)
    }

    /// Nil for what is older than any commitment takes, and for what this chain never had.
    private func recentSlot(of blockhash: String, at now: Timestamp) -> UInt64? {
        guard let wanted = SolanaAddress(blockhash)?.bytes else { return nil }
        let head = slot(.processed, at: now)
        let oldest = head - validSlots - Commitment.finalized.depth
        return (oldest...head).reversed().first { hash(of: $0) == wanted }
    }

    // MARK: Transactions

    /// Puts a transaction into the block of the moment.
    mutating func land(_ signature: String, memo: String, wire: [UInt8], accounts: Set<String>, at now: Timestamp) {
        if landed.count == Self.maxLanded { landed.removeFirst(Self.maxLanded / 10) }
        landed.append(
            Landed(
                signature: signature, slot: slot(.processed, at: now), at: now, memo: memo, wire: wire,
                accounts: accounts))
    }

    /// Those that touch `account`, newest first.
    func history(of account: String, _ commitment: Commitment, at now: Timestamp) -> [Landed] {
        let head = slot(commitment, at: now)
        return landed.reversed().filter { $0.slot <= head && $0.accounts.contains(account) }
    }

    func transaction(_ signature: String, _ commitment: Commitment, at now: Timestamp) -> Landed? {
        let head = slot(commitment, at: now)
        return landed.last { $0.signature == signature && $0.slot <= head }
    }
}
