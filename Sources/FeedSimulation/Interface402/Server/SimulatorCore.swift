import NIOCore
import RelayModel

/// The heart of a simulated feed: draws events as they are due and hands each to every client.
///
/// Lives on one event loop and is touched nowhere else.
final class SimulatorCore {
    /// Events drawn in a row that no client asked for, before the clients are heard again.
    private static let maxUnwanted = 256

    let options: SimulatorOptions
    let observer: SimulatorObserver
    let clock = RelayClock()
    private let loop: any EventLoop
    private var sequence: PaymentSequence
    private var pacing: EventPacing
    private var drops: FeedDrops
    private var random: SplitMix64
    private var connections: [ClientConnection] = []
    private var lastNumber = 0
    private var drawn = 0
    private var sent = 0
    /// Set while events are due in time; without one the feed waits for a client.
    private var nextLook: Scheduled<Void>?
    private var isClosed = false
    /// While events are being sent, when a client that leaves would otherwise begin a second run of looks.
    private var isSending = false

    init(_ options: SimulatorOptions, observer: SimulatorObserver, loop: any EventLoop) {
        self.options = options
        self.observer = observer
        self.loop = loop
        sequence = PaymentSequence(
            seed: options.seed, wallets: options.wallets, latePaymentOneIn: options.latePaymentOneIn)
        drops = FeedDrops(options.faults, seed: options.seed)
        random = SplitMix64(seed: options.seed)
        pacing = EventPacing(rate: options.rate)
    }

    // MARK: Clients

    /// Takes a client in and gives it its number; nil when the plan's connections are all taken.
    func add(_ connection: ClientConnection) -> Int? {
        guard connections.count < options.plan.connections, !isClosed else { return nil }
        connections.append(connection)
        lastNumber += 1
        return lastNumber
    }

    func remove(_ connection: ClientConnection) {
        connections.removeAll { $0 === connection }
        wake()
    }

    func dropAll() -> Int {
        let dropped = connections
        for connection in dropped { connection.drop() }
        return dropped.count
    }

    /// Drops one of the clients that get events; says its number.
    func dropOne() -> Int? {
        let takers = connections.filter(\.takesEvents)
        guard !takers.isEmpty else { return nil }
        let victim = random.pick(takers)
        victim.drop()
        return victim.number
    }

    /// Loses the connections whose time has come.
    private func dropDue() {
        guard !drops.isIdle else { return }
        let now = NIODeadline.now()
        let takers = connections.filter(\.takesEvents)
        let lost = drops.next(
            takers.enumerated().map { position, client in
                (position, client.subscribedAt.map { now - $0 >= TimeAmount(FeedDrops.settleTime) } ?? false)
            })
        for position in lost {
            takers[position].flush()
            takers[position].drop()
        }
    }

    func sendToAll(_ payload: [UInt8]) -> Int {
        let takers = connections.filter(\.takesEvents)
        for connection in takers {
            connection.writeText(payload, promise: nil)
            connection.flush()
        }
        return takers.count
    }

    /// Sends nothing more and closes every connection.
    func close() -> EventLoopFuture<Void> {
        isClosed = true
        nextLook?.cancel()
        let ends = connections.map(\.end)
        for connection in connections { connection.close(1001) }
        return EventLoopFuture.andAllComplete(ends, on: loop)
    }

    // MARK: Events

    /// A client said something, caught up or left: what a waiting feed may have waited for.
    func wake() {
        guard nextLook == nil, !isSending, !isClosed, !isFinished else { return }
        guard options.isLive || canSend else { return }
        pacing.restart(at: now)
        look(at: now)
    }

    private var now: Int64 { Int64(NIODeadline.now().uptimeNanoseconds) }
    private var isFinished: Bool { options.count.map { sent >= $0 } ?? false }
    /// Some client wants events, and none is behind.
    private var canSend: Bool {
        let takers = connections.filter(\.takesEvents)
        return !takers.isEmpty && takers.allSatisfy(\.isWritable)
    }

    private func look(at time: Int64) {
        let deadline = NIODeadline.uptimeNanoseconds(UInt64(time))
        nextLook = loop.assumeIsolated().scheduleTask(deadline: deadline) { self.sendDue() }
    }

    /// Sends what is due; then looks again when more is, or waits for a client.
    private func sendDue() {
        nextLook = nil
        isSending = true
        var goesOn = true
        for _ in 0..<pacing.due(at: now) {
            goesOn = sendNext()
            guard goesOn else { break }
        }
        for connection in connections { connection.flush() }
        isSending = false
        if isFinished {
            observer.onChange?(.finished(sent: sent))
        } else if goesOn {
            look(at: pacing.nextLook(after: now))
        } else {
            // What it waits for may have come while it sent.
            wake()
        }
    }

    /// Sends the next event; false when the feed has to wait, or is at its end.
    private func sendNext() -> Bool {
        guard !isClosed, !isFinished else { return false }
        if options.isLive {
            let event = draw()
            for connection in connections where connection.isWritable { _ = connection.write(event) }
            sent += 1
            pacing.take()
            dropDue()
            return true
        }
        for _ in 0..<Self.maxUnwanted {
            guard canSend else { return false }
            let event = draw()
            // Every client is asked: the first one's answer must not keep the event from the others.
            let isWanted = connections.filter { $0.write(event) }.count > 0
            if isWanted {
                sent += 1
                dropDue()
                break
            }
        }
        pacing.take()
        return true
    }

    private func draw() -> SimulatedEvent {
        let timestamp =
            switch options.timestamps {
            case .now: clock.now
            case .fixed(let first): Timestamp(milliseconds: first.milliseconds + Int64(drawn))
            }
        drawn += 1
        return sequence.next(at: timestamp)
    }
}
