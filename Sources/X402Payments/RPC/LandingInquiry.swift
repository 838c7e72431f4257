package import RelayModel

/// Asks one RPC whether a payment landed: a conversation of requests and answers that ends with a verdict.
///
/// It did not land only where the server is past the last block that could have it (where that is not known, past the moment of
/// its signature), says that the blockhash is no longer valid, and has nothing of it in the history of the token account that
/// pays, all at `finalized`. A payment that did land is found even while its blockhash is valid.
package struct LandingInquiry: Sendable {
    /// What to do next; the same until `take` is called.
    package enum Step: Hashable, Sendable {
        case ask(RPCRequest)
        case done(LandingVerdict)
    }

    private enum State: Sendable {
        case asking(LandingSearch)
        case done(LandingVerdict)
    }

    private let server: RPCServer
    private var state: State
    /// The number of the request to make now.
    private var number = 1

    /// Undecided at once for an entry whose addresses or signature cannot be read.
    package init(entry: LedgerEntry, server: RPCServer) {
        self.server = server
        if let search = LandingSearch(entry, server: server) {
            state = .asking(search)
        } else {
            state = .done(
                .undecided(reason: "what the ledger has of payment \(entry.id) cannot be read: nothing can be asked"))
        }
    }

    /// The request to make now, or the verdict.
    package func next() -> Step {
        switch state {
        case .asking(let search): .ask(search.request(id: number))
        case .done(let verdict): .done(verdict)
        }
    }

    /// Takes the answer to the request that `next` named.
    package mutating func take(_ answer: StreamAccess.HTTPAnswer) {
        guard case .asking(var search) = state else { return }
        let request = search.request(id: number)
        number += 1
        do {
            let verdict = try search.take(answer, to: request)
            state = verdict.map { .done($0) } ?? .asking(search)
        } catch {
            state = .done(.undecided(reason: error.description))
        }
    }
}
