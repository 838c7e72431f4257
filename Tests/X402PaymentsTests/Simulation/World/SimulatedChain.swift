import RelayModel
import X402Payments

/// The chain: blocks that come at their pace and sometimes not at all, and payments that land once, while their blockhash lasts.
struct SimulatedChain {
    struct Landing {
        let at: Timestamp
        let height: Int64
        let transfer: ReadTransfer
        let transaction: String
        /// It is in a block, and moved nothing.
        let hasFailed: Bool
    }

    /// Blocks for which a blockhash is valid, and after which a block is final.
    private static let validBlocks: Int64 = 150
    private static let finalBlocks: Int64 = 32

    private let blockMilliseconds: Int64
    private let stalls: [(from: Timestamp, until: Timestamp)]
    private var issued: [String: Int64] = [:]
    private var count: UInt64 = 0
    private(set) var landings: [String: Landing] = [:]

    init(scenario: Scenario) {
        blockMilliseconds = scenario.blockMilliseconds
        stalls = scenario.episodes.compactMap { episode in
            if case .stall = episode.kind { (episode.from, episode.until) } else { nil }
        }
    }

    private func height(_ now: Timestamp) -> Int64 {
        var lost: Int64 = 0
        var from = Scenario.start
        for stall in stalls where stall.from < now {
            let begin = max(from, stall.from)
            let end = min(now, stall.until)
            if end > begin { lost += end.milliseconds - begin.milliseconds }
            from = max(from, end)
        }
        return 1000 + (now.milliseconds - Scenario.start.milliseconds - lost) / blockMilliseconds
    }

    mutating func latestBlockhash(_ now: Timestamp, using random: inout SplitMix64) -> StreamAccess.Blockhash? {
        count += 1
        var bytes: [UInt8] = (0..<24).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        for place in 0..<8 { bytes.append(UInt8(truncatingIfNeeded: count >> (8 * place))) }
        guard let hash = SolanaAddress(bytes: bytes) else { return nil }
        let height = height(now)
        issued["\(hash)"] = height
        return StreamAccess.Blockhash(hash: hash, lastValidBlockHeight: UInt64(height + Self.validBlocks))
    }

    func isValid(_ blockhash: String, _ now: Timestamp) -> Bool {
        guard let from = issued[blockhash] else { return false }
        return height(now) <= from + Self.validBlocks
    }

    /// As `finalized` has it, which is some blocks behind.
    func isValidAtFinalized(_ blockhash: String, _ now: Timestamp) -> Bool {
        guard let from = issued[blockhash] else { return false }
        return height(now) - Self.finalBlocks <= from + Self.validBlocks
    }

    /// Whether it landed or still can.
    func mayLand(_ signature: String, blockhash: String, _ now: Timestamp) -> Bool {
        if let landing = landings[signature] { return !landing.hasFailed }
        return isValid(blockhash, now)
    }

    func hasSettled(_ signature: String) -> Bool { landings[signature].map { !$0.hasFailed } ?? false }

    /// True when it lands now.
    mutating func submit(
        _ transfer: ReadTransfer, fails: Bool, _ now: Timestamp, using random: inout SplitMix64
    ) -> Bool {
        guard landings[transfer.clientSignature] == nil, isValid(transfer.blockhash, now) else { return false }
        let id = Base58.encode((0..<64).map { _ in UInt8(truncatingIfNeeded: random.next()) | 1 })
        landings[transfer.clientSignature] = Landing(
            at: now, height: height(now), transfer: transfer, transaction: id, hasFailed: fails)
        return true
    }

    /// The height that no fork takes back.
    func finalHeight(_ now: Timestamp) -> Int64 { height(now) - Self.finalBlocks }

    /// When the block of a height was made.
    func time(ofHeight height: Int64) -> Timestamp {
        var time = Scenario.start + .milliseconds((height - 1000) * blockMilliseconds)
        var from = Scenario.start
        for stall in stalls {
            let begin = max(from, stall.from)
            if time >= begin, stall.until > begin { time = time + (stall.until - begin) }
            from = max(from, stall.until)
        }
        return time
    }
}
