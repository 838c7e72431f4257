/// How often what a simulation is for has happened in it.
struct PaymentTally {
    var signed = 0
    var served = 0
    var unserved = 0
    var expired = 0
    var refused = 0
    var unknown = 0
    /// Tokens that were sold, and turned away before they were of use.
    var turned = 0
    var requests = 0
    var writes = 0
    var inquiries = 0
    var crashes = 0
    var reloads = 0
    var faults: [Fault: Int] = [:]

    static func + (left: PaymentTally, right: PaymentTally) -> PaymentTally {
        var sum = left
        sum.signed += right.signed
        sum.served += right.served
        sum.unserved += right.unserved
        sum.expired += right.expired
        sum.refused += right.refused
        sum.unknown += right.unknown
        sum.turned += right.turned
        sum.requests += right.requests
        sum.writes += right.writes
        sum.inquiries += right.inquiries
        sum.crashes += right.crashes
        sum.reloads += right.reloads
        sum.faults.merge(right.faults) { $0 + $1 }
        return sum
    }

    /// The least of all.
    var scarcest: Int {
        let counts = [
            signed, served, unserved, expired, refused, unknown, turned, requests, writes, inquiries, crashes, reloads,
        ]
        return min(counts.min() ?? 0, Fault.allCases.map { faults[$0] ?? 0 }.min() ?? 0)
    }
}
