/// Whether a payment landed, asked of every configured RPC; see the states of a payment in this module's README.
package enum LandingVerdict: Hashable, Sendable {
    /// Some RPC has the transaction, with the wallet's signature in it, and it moved the money.
    case landed(transaction: String)
    /// Its blockhash has expired, and every RPC says at `finalized` that it did not land, or that it failed.
    case notLanded
    /// Not known yet; why, as a clause that names the RPC.
    case undecided(reason: String)

    /// What the verdicts of all RPCs come to: one that has it is enough, that it did not land all must say.
    package static func combined(_ verdicts: [LandingVerdict]) -> LandingVerdict {
        var reasons: [String] = []
        for verdict in verdicts {
            switch verdict {
            case .landed: return verdict
            case .notLanded: continue
            case .undecided(let reason): reasons.append(reason)
            }
        }
        if verdicts.isEmpty { return .undecided(reason: "no RPC was asked") }
        return reasons.isEmpty ? .notLanded : .undecided(reason: reasons.joined(separator: "; "))
    }
}
