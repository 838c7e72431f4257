import GRDB
import RelayModel

extension SQLiteSession {
    /// Does what an operator wants; within a transaction.
    func perform(_ action: OperatorAction, now: Timestamp, _ database: Database) throws -> OperatorOutcome {
        var outcome =
            switch action {
            case .retry(let id): try retry(id, now: now, database)
            case .discard(let id): try discard(id, now: now, database)
            case .replay(let filter, let from, let limit):
                try replay(filter, from: from, limit: limit, now: now, database)
            }
        try saveLatest(database)
        outcome.turns = try saveTally(database)
        return outcome
    }

    private func retry(_ id: DeliveryID, now: Timestamp, _ database: Database) throws -> OperatorOutcome {
        guard let standing = try standing(of: id.number, database) else {
            return OperatorOutcome(refusal: .unknownDelivery)
        }
        if standing.state == .pending {
            waits(from: now)
            try database.cachedStatement(sql: Queries.hasten).run { values in
                values.add(now.milliseconds)
                values.add(id.number)
            }
        } else {
            try revive(id.number, standing, now: now, database)
        }
        return OperatorOutcome(ready: try read(id.number).map { [$0] } ?? [], changed: 1)
    }

    private func revive(_ id: Int64, _ standing: Standing, now: Timestamp, _ database: Database) throws {
        waits(from: now)
        try database.cachedStatement(sql: Queries.revive).run { values in
            values.add(now.milliseconds)
            values.add(id)
        }
        tally.moved(of: standing.destination, from: standing.state, to: .pending)
    }

    private func discard(_ id: DeliveryID, now: Timestamp, _ database: Database) throws -> OperatorOutcome {
        guard let (state, destination) = try standing(of: id.number, database) else {
            return OperatorOutcome(refusal: .unknownDelivery)
        }
        guard state == .pending || state == .dead else { return OperatorOutcome(refusal: .wrongState(state)) }
        try database.cachedStatement(sql: Queries.discard).run { values in
            values.add(now.milliseconds)
            values.add(id.number)
        }
        tally.moved(of: destination, from: state, to: .discarded)
        let unblocked = try unblockSuccessors(of: id.number, destination: destination, changes: database)
            .sorted().compactMap { try read($0) }
        return OperatorOutcome(ready: unblocked, withdrawn: [id], changed: 1)
    }

    private func replay(
        _ filter: DeliveryFilter, from: DeliveryID?, limit: Int, now: Timestamp, _ database: Database
    ) throws -> OperatorOutcome {
        let walk = try DeliveryWalk(
            database, filter: filter, states: OperatorAction.replayedStates(filter), order: .oldestFirst)
        var budget = WalkBudget.replay
        let found = try walk.find(
            after: from.map { max(1, $0.number) - 1 }, limit: max(1, limit), budget: &budget, rules: &rules)
        var outcome = OperatorOutcome(next: found.last.map { DeliveryID($0 + 1) })
        var bytes = 0
        for id in found.ids {
            if bytes >= OperatorAction.replayByteLimit {
                outcome.next = DeliveryID(id)
                break
            }
            guard let standing = try standing(of: id, database) else { continue }
            try revive(id, standing, now: now, database)
            outcome.changed += 1
            guard let delivery = try read(id) else { continue }
            bytes += delivery.event.data.count + (delivery.event.payment?.count ?? 0)
            outcome.ready.append(delivery)
        }
        return outcome
    }

    /// The state of a delivery, and its destination.
    private typealias Standing = (state: DeliveryState, destination: Int64)

    private func standing(of id: Int64, _ database: Database) throws -> Standing? {
        try database.cachedStatement(sql: Queries.stateOfDelivery).firstRow({ $0.add(id) }) { row in
            (try row.state(0), try row.decode(atIndex: 1))
        }
    }
}
