import HeapModule
import RelayModel

/// The deliveries of one destination that wait in memory, by count no more than its limits allow.
///
/// As to bytes it takes another one while it holds less than its limit: so one of any size has room in the end, and the
/// limit is exceeded by less than one delivery.
///
/// Those that are due are taken lowest id first. Those that are not make room for others, the farthest first: the disk has
/// them too.
struct DeliveryWindow: Sendable {
    private struct Moment: Comparable, Sendable {
        let notBefore: Timestamp
        let id: DeliveryID

        init(_ delivery: Delivery) {
            (notBefore, id) = (delivery.notBefore, delivery.id)
        }

        static func < (left: Moment, right: Moment) -> Bool {
            (left.notBefore, left.id) < (right.notBefore, right.id)
        }
    }

    private let countLimit: Int
    private let byteLimit: Int
    private var waiting: [DeliveryID: Delivery] = [:]
    private var due: Heap<DeliveryID> = []
    private var future: Heap<Moment> = []
    private var bytes = 0
    private(set) var dueBytes = 0

    init(countLimit: Int, byteLimit: Int) {
        self.countLimit = countLimit
        self.byteLimit = byteLimit
    }

    var count: Int { waiting.count }
    var dueCount: Int { due.count }
    var ids: some Sequence<DeliveryID> { waiting.keys }
    /// When the first of those that are not due yet is.
    var next: Timestamp? { future.min?.notBefore }

    func contains(_ id: DeliveryID) -> Bool { waiting[id] != nil }

    /// Takes `delivery` in, and returns what had no room: others that are due farther away, or itself.
    ///
    /// With `insisting` anything that is not due makes room for it.
    mutating func hold(_ delivery: Delivery, now: Timestamp, insisting: Bool = false) -> [Delivery] {
        let size = Self.size(of: delivery)
        let isDue = delivery.notBefore <= now
        let moment = Moment(delivery)
        if isDue || insisting, due.count >= countLimit || dueBytes >= byteLimit {
            return [delivery]
        }
        var displaced: [Delivery] = []
        while !waiting.isEmpty, waiting.count >= countLimit || bytes >= byteLimit {
            guard let farthest = future.max, isDue || insisting || moment < farthest,
                let other = waiting.removeValue(forKey: farthest.id)
            else {
                displaced.append(delivery)
                return displaced
            }
            future.removeMax()
            bytes -= Self.size(of: other)
            displaced.append(other)
        }
        waiting[delivery.id] = delivery
        bytes += size
        if isDue {
            due.insert(delivery.id)
            dueBytes += size
        } else {
            future.insert(moment)
        }
        return displaced
    }

    /// Finds out which are due by now.
    mutating func promote(now: Timestamp) {
        while let first = future.min, first.notBefore <= now {
            future.removeMin()
            due.insert(first.id)
            if let delivery = waiting[first.id] { dueBytes += Self.size(of: delivery) }
        }
    }

    /// The bytes of the delivery that `popDue` takes out next; nil for none.
    var nextDueBytes: Int? {
        due.min.flatMap { waiting[$0] }.map(Self.size)
    }

    /// Takes out the lowest id of those that are due.
    mutating func popDue() -> Delivery? {
        guard let id = due.popMin(), let delivery = waiting.removeValue(forKey: id) else { return nil }
        bytes -= Self.size(of: delivery)
        dueBytes -= Self.size(of: delivery)
        return delivery
    }

    /// Takes out one delivery; nil where it is not here.
    ///
    /// Looks at all that wait: for what an operator does.
    mutating func remove(_ id: DeliveryID) -> Delivery? {
        guard let delivery = waiting.removeValue(forKey: id) else { return nil }
        bytes -= Self.size(of: delivery)
        let moments = future.unordered.filter { $0.id != id }
        if moments.count < future.count {
            future = Heap(moments)
        } else {
            due = Heap(due.unordered.filter { $0 != id })
            dueBytes -= Self.size(of: delivery)
        }
        return delivery
    }

    /// Takes out the lowest id of those that are not due and failed by an outage.
    ///
    /// Looks at all of them: for the probes of a destination that is down, at most one a second.
    mutating func popOutageFailure() -> Delivery? {
        let candidates = future.unordered.filter { waiting[$0.id]?.failedByOutage == true }
        guard let id = candidates.map(\.id).min(), let delivery = waiting.removeValue(forKey: id) else { return nil }
        bytes -= Self.size(of: delivery)
        future = Heap(future.unordered.filter { $0.id != id })
        return delivery
    }

    /// Makes those that failed by an outage due, and returns all of them.
    ///
    /// Looks at all that wait: once for each outage.
    mutating func releaseOutageFailures(now: Timestamp) -> Set<DeliveryID> {
        let released = Set(waiting.values.lazy.filter(\.failedByOutage).map(\.id))
        for moment in future.unordered where released.contains(moment.id) {
            guard var delivery = waiting[moment.id] else { continue }
            delivery.notBefore = now
            waiting[moment.id] = delivery
            due.insert(moment.id)
            dueBytes += Self.size(of: delivery)
        }
        future = Heap(future.unordered.filter { !released.contains($0.id) })
        return released
    }

    /// The bytes of its event, and roughly what it costs beside them.
    static func size(of delivery: Delivery) -> Int {
        512 + delivery.event.data.count + (delivery.event.payment?.count ?? 0)
    }
}
