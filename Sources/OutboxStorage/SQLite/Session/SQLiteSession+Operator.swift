import GRDB
import RelayModel

extension SQLiteSession {
    /// Does what an operator wants; within a transaction.
    func perform(_ action: OperatorAction, now: Timestamp, _ database: Database) throws -> OperatorOutcome {
        let outcome =
            switch action {
            case .retry(let id): try retry(id, now: now, database)
            case .discard(let id): try discard(id, now: now, database)
            case .replay(let filter, let from, let limit):
                try replay(filter, from: from, limit: limit, now: now, database)
            }
        try saveLatest(database)
        return outcome
    }

    private func retry(_ id: DeliveryID, now: Timestamp, _ database: Database) throws -> OperatorOutcome {
        guard let state = try state(of: id.number, database) else { return OperatorOutcome(refusal: .unknownDelivery) }
        if state == .pending {
            waits(from: now)
            try database.cachedStatement(sql: Queries.hasten).run { values in
                values.add(now.milliseconds)
                values.add(id.number)
            }
        } else {
            try revive(id.number, after: state, now: now, database)
        }
        return OperatorOutcome(ready: try read(id.number).map { [$0] } ?? [], changed: 1)
    }

    private func revive(_ id: Int64, after state: DeliveryState, now: Timestamp, _ database: Database) throws {
        waits(from: now)
        try database.cachedStatement(sql: Queries.revive).run { values in
            values.add(now.milliseconds)
            values.add(id)
        }
        if state == .delivered { tally?.kept += 1 }
    }

    private func discard(_ id: DeliveryID, now: Timestamp, _ database: Database) throws -> OperatorOutcome {
        guard let state = try state(of: id.number, database) else { return OperatorOutcome(refusal: .unknownDelivery) }
        guard state == .pending || state == .dead else { return OperatorOutcome(refusal: .wrongState(state)) }
        try database.cachedStatement(sql: Queries.discard).run { values in
            values.add(now.milliseconds)
            values.add(id.number)
        }
        let unblocked = try unblockSuccessors(of: id.number, changes: database).sorted().compactMap { try read($0) }
        return OperatorOutcome(ready: unblocked, withdrawn: [id], changed: 1)
    }

    private func replay(
        _ filter: DeliveryFilter, from: DeliveryID?, limit: Int, now: Timestamp, _ database: Database
    ) throws -> OperatorOutcome {
        let walk = try DeliveryWalk(
            database, filter: filter, states: OperatorAction.replayedStates(filter), order: .oldestFirst)
        let found = try walk.find(
            after: from.map { max(1, $0.number) - 1 }, limit: max(1, limit), examining: DeliveryWalk.replayLimit,
            rules: &rules)
        var outcome = OperatorOutcome(next: found.last.map { DeliveryID($0 + 1) })
        var bytes = 0
        for id in found.ids {
            if bytes >= OperatorAction.replayByteLimit {
                outcome.next = DeliveryID(id)
                break
            }
            guard let state = try state(of: id, database) else { continue }
            try revive(id, after: state, now: now, database)
            outcome.changed += 1
            guard let delivery = try read(id) else { continue }
            bytes += delivery.event.data.count + (delivery.event.payment?.count ?? 0)
            outcome.ready.append(delivery)
        }
        return outcome
    }

    private func state(of id: Int64, _ database: Database) throws -> DeliveryState? {
        try database.cachedStatement(sql: Queries.stateOfDelivery).firstRow({ $0.add(id) }) { try $0.state(0) }
    }
}
