package import RelayModel

/// What a simulated feed sends and demands.
package struct SimulatorOptions: Sendable {
    /// What the vendor grants, and what a client is refused beyond it.
    package enum Plan: String, CaseIterable, Sendable {
        case standard, premium

        /// Connections at once.
        package var connections: Int { self == .standard ? 5 : 20 }
        /// Messages that one client may send in a second; whether the vendor counts its own too is not known.
        package var messagesPerSecond: Int { self == .standard ? 50 : 200 }
    }

    /// Which time events carry.
    package enum Timestamps: Sendable {
        case now
        /// The first event has this time and each further one a millisecond more: then a seed fixes every byte.
        case fixed(Timestamp)
    }

    /// On 127.0.0.1; 0 takes a free one.
    package var port: Int
    /// Nil: as fast as the clients take them.
    package var rate: EventRate?
    /// Events until the feed falls silent, its connections staying open; nil for no end.
    package var count: Int?
    /// Fixes every byte but the timestamps.
    package var seed: UInt64
    package var timestamps: Timestamps
    /// Wallets that take part in payments beside `SimulatedWallets`.
    package var wallets: [String]
    /// One payment in so many comes only after its verification, and now and then after its settlement too; nil for none.
    package var latePaymentOneIn: Int?
    /// The key that clients must authenticate with before they subscribe; nil: any key will do, and none.
    package var apiKey: Secret?
    package var plan: Plan
    /// Well-formed keys that are refused all the same.
    package var refusedKeys: Set<String>
    /// Whether events that cannot be sent are lost, as a real feed's are, from the first client's first message on.
    ///
    /// Without it nothing is lost by the simulator: while no client is subscribed, or one does not take what it was sent, the
    /// whole feed waits, and events that no client asked for neither count nor take time.
    package var isLive: Bool
    package var faults: SimulatorFaults

    package init(
        port: Int = 0, rate: EventRate? = EventRate(10), count: Int? = nil, seed: UInt64 = 1,
        timestamps: Timestamps = .now, wallets: [String] = [], latePaymentOneIn: Int? = nil,
        apiKey: Secret? = nil, plan: Plan = .premium,
        refusedKeys: Set<String> = [], isLive: Bool = false, faults: SimulatorFaults = SimulatorFaults()
    ) {
        self.port = port
        self.rate = rate
        self.count = count
        self.seed = seed
        self.timestamps = timestamps
        self.wallets = wallets
        self.latePaymentOneIn = latePaymentOneIn
        self.apiKey = apiKey
        self.plan = plan
        self.refusedKeys = refusedKeys
        self.isLive = isLive
        self.faults = faults
    }
}
