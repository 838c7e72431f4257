import RelayModel

/// Which connections are lost over a feed as a whole.
struct FeedDrops: Sendable {
    /// How long a client is subscribed until it can be relied on to keep what another one loses.
    static let settleTime: Duration = .milliseconds(500)

    /// Whether a client that gets events has been subscribed for the settling time.
    typealias Client = (position: Int, isSettled: Bool)

    private let faults: SimulatorFaults
    private var random: SplitMix64
    private var events = 0

    init(_ faults: SimulatorFaults, seed: UInt64) {
        self.faults = faults
        random = SplitMix64(seed: seed)
    }

    var isIdle: Bool { faults.dropOne == .never && faults.dropAll == .never }

    /// The positions of the clients that are lost after the next event.
    mutating func next(_ clients: [Client]) -> [Int] {
        events += 1
        let losesAll = faults.dropAll.strikes(event: events, &random)
        let losesOne = faults.dropOne.strikes(event: events, &random)
        if losesAll { return clients.map(\.position) }
        guard losesOne else { return [] }
        return victim(of: clients).map { [$0] } ?? []
    }

    /// One of the clients that another one can stand in for.
    private mutating func victim(of clients: [Client]) -> Int? {
        let victims = clients.indices.filter { index in
            clients.indices.contains { $0 != index && clients[$0].isSettled }
        }
        return victims.isEmpty ? nil : clients[random.pick(victims)].position
    }
}
