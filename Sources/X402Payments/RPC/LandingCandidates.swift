/// The transactions of a history that could be a payment, of which a bounded number is looked into.
struct LandingCandidates: Sendable {
    /// The most that are looked into, each by a request of its own.
    static let maxLooks = 256

    /// With the payment's memo; as the history, newest first, and of it the oldest.
    private var withMemo: [String] = []
    /// Of which no memo is told; newest first, and of them the newest.
    private var untold: [String] = []
    private var count = 0

    /// Whether there were more than are looked into.
    var areTooMany: Bool { count > Self.maxLooks }

    /// Takes the next transaction of a history, which comes newest first.
    mutating func add(_ signature: String, isMemoTold: Bool) {
        count += 1
        if isMemoTold {
            withMemo.append(signature)
            if withMemo.count > Self.maxLooks { withMemo.removeFirst() }
        } else if untold.count < Self.maxLooks {
            untold.append(signature)
        }
    }

    /// Those that are looked into, in this order.
    ///
    /// Nobody but the vendor knows a memo before its payment is seen on the chain, so copies of it are newer: of those with the
    /// memo the oldest come first. Those of which none is told follow as the history has them, since the window ends where
    /// the payment had to be.
    func inOrder() -> [String] { Array((withMemo.reversed() + untold).prefix(Self.maxLooks)) }
}
