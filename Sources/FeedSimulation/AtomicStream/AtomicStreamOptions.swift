/// What a simulated AtomicStream sells, and how its chain runs.
package struct AtomicStreamOptions: Sendable {
    /// On 127.0.0.1; 0 takes a free one.
    package var port: Int
    /// Of each stream; nil: as fast as the clients take them.
    package var rate: EventRate?
    /// Events of each stream until it falls silent, its connections staying open; nil for no end.
    package var count: Int?
    /// Fixes the events but for their times and slots, and the keys of the vendor.
    package var seed: UInt64
    package var timestamps: SimulatorOptions.Timestamps
    /// Whether events that cannot be sent are lost, as a real feed's are; see `SimulatorOptions.isLive`.
    package var isLive: Bool

    /// How long a payment lasts; at least a second.
    package var slice: Duration
    /// Of a slice, in USDC's smallest units (10⁻⁶).
    package var price: UInt64
    /// Between `payment_required` and the end of the connection.
    package var grace: Duration
    /// Whether a challenge names a memo, one of its own each; without one the client makes one.
    package var namesMemo: Bool
    /// Whether a challenge names a blockhash; without one the client asks an RPC.
    package var namesBlockhash: Bool
    /// Whether a payment that is sent again is answered as the first time (the extension `payment-identifier`).
    package var remembersPayments: Bool

    /// How long a slot of the simulated chain lasts.
    package var slotTime: Duration
    /// For how many slots a blockhash is good; Solana's 150 are a minute.
    package var blockhashSlots: Int

    package var faults: AtomicStreamFaults

    /// In which a whole request must have come, or its connection ends.
    var requestTime: Duration = .seconds(30)

    package init(
        port: Int = 0, rate: EventRate? = EventRate(10), count: Int? = nil, seed: UInt64 = 1,
        timestamps: SimulatorOptions.Timestamps = .now, isLive: Bool = false, slice: Duration = .seconds(300),
        price: UInt64 = 30_000, grace: Duration = .seconds(5), namesMemo: Bool = true, namesBlockhash: Bool = true,
        remembersPayments: Bool = false, slotTime: Duration = .milliseconds(400), blockhashSlots: Int = 150,
        faults: AtomicStreamFaults = AtomicStreamFaults()
    ) {
        self.port = port
        self.rate = rate
        self.count = count
        self.seed = seed
        self.timestamps = timestamps
        self.isLive = isLive
        self.slice = slice
        self.price = price
        self.grace = grace
        self.namesMemo = namesMemo
        self.namesBlockhash = namesBlockhash
        self.remembersPayments = remembersPayments
        self.slotTime = slotTime
        self.blockhashSlots = blockhashSlots
        self.faults = faults
    }

    /// How long before the end of a slice its renewal is called for: 30 s as on the vendor's page, a third of a short
    /// one.
    var reminderLead: Duration { min(.seconds(30), slice / 3) }
}
