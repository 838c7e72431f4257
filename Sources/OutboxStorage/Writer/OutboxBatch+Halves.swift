import Logging
import RelayModel

extension OutboxBatch {
    /// The batch in two parts that come one after the other; nil for one that holds a single thing.
    ///
    /// What tells of the other comes first: a number that was given before the event that has it, an event before the end of
    /// its wait. So a crash in between leaves nothing undone, at worst something to be done again.
    var halves: (OutboxBatch, OutboxBatch)? {
        let kinds: [(isEmpty: Bool, part: OutboxBatch)] = [
            (standings.isEmpty, OutboxBatch(standings: standings)),
            (updates.isEmpty, OutboxBatch(updates: updates)),
            (ownEvents == nil, OutboxBatch(ownEvents: ownEvents)),
            (payments.isEmpty, OutboxBatch(payments: payments)),
            (waits.isEmpty, OutboxBatch(waits: waits)),
            (accepted.isEmpty, OutboxBatch(accepted: accepted)),
            (endedWaits.isEmpty, OutboxBatch(endedWaits: endedWaits)),
            (forgottenFeeds.isEmpty, OutboxBatch(forgottenFeeds: forgottenFeeds)),
            (feedsSeen.isEmpty, OutboxBatch(feedsSeen: feedsSeen)),
        ].filter { !$0.isEmpty }
        if kinds.count > 1 { return (kinds[0].part, without(kinds[0].part)) }
        let names = standings.keys.sorted()
        let feeds = feedsSeen.keys.sorted()
        let forgotten = forgottenFeeds.sorted()
        let count =
            [
                accepted.count, updates.count, names.count, payments.count, waits.count, endedWaits.count, feeds.count,
                forgotten.count,
            ].max() ?? 0
        guard count > 1 else { return nil }
        func part(_ range: Range<Int>) -> OutboxBatch {
            func slice<Element>(_ all: [Element]) -> [Element] { all.isEmpty ? [] : Array(all[range]) }
            let (theirNames, theirFeeds) = (Set(slice(names)), Set(slice(feeds)))
            return OutboxBatch(
                accepted: slice(accepted), updates: slice(updates),
                standings: standings.filter { theirNames.contains($0.key) }, payments: slice(payments),
                waits: slice(waits), endedWaits: slice(endedWaits),
                feedsSeen: feedsSeen.filter { theirFeeds.contains($0.key) }, forgottenFeeds: Set(slice(forgotten)))
        }
        return (part(0..<count / 2), part(count / 2..<count))
    }

    /// What is left when everything of the one kind that `part` holds is taken out.
    private func without(_ part: OutboxBatch) -> OutboxBatch {
        var rest = self
        if !part.standings.isEmpty { rest.standings = [:] }
        if !part.updates.isEmpty { rest.updates = [] }
        if part.ownEvents != nil { rest.ownEvents = nil }
        if !part.payments.isEmpty { rest.payments = [] }
        if !part.waits.isEmpty { rest.waits = [] }
        if !part.accepted.isEmpty { rest.accepted = [] }
        if !part.endedWaits.isEmpty { rest.endedWaits = [] }
        if !part.forgottenFeeds.isEmpty { rest.forgottenFeeds = [] }
        return rest
    }

    /// What a batch of one thing is, without its content.
    func metadata(_ error: OutboxError) -> Logger.Metadata {
        var metadata: Logger.Metadata = ["reason": "\(error.reason)"]
        if let accepted = accepted.first {
            metadata["event"] = "\(accepted.event.id)"
            metadata["destinations"] = "\(accepted.deliveries.map(\.destination).joined(separator: ","))"
        } else if let update = updates.first {
            metadata["delivery"] = "\(update.id)"
            metadata["destination"] = "\(update.destination)"
            metadata["state"] = "\(update.state.rawValue)"
        } else if let destination = standings.keys.first {
            metadata["destination"] = "\(destination)"
        } else if let wait = waits.first {
            metadata["feed"] = "\(wait.feed)"
            metadata["what"] = "an event that waits for its payment"
        } else if !payments.isEmpty {
            metadata["what"] = "a payment to be remembered"
        } else if let wait = endedWaits.first {
            metadata["what"] = "the end of wait \(wait)"
        } else if let feed = feedsSeen.keys.first ?? forgottenFeeds.first {
            metadata["feed"] = "\(feed)"
        } else if let number = ownEvents {
            metadata["what"] = "the number \(number) of own events"
        }
        return metadata
    }
}
