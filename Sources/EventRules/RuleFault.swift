package import RelayModel

/// One thing that is wrong with a rule's `match`.
package struct RuleFault: Hashable, Sendable {
    /// Where it lies in the document that was compiled: a key, or the value at fault.
    package let node: JSONNode
    /// The same place as a path below `match`, such as `$or[1].amount[0].numeric`; empty for `match` itself.
    package let path: String
    /// What is wrong and what to write instead.
    package let reason: String
}

/// All that is wrong with one rule's `match`, in the order of the text; never empty.
package struct RuleFaults: Error, Hashable, Sendable {
    package let faults: [RuleFault]
}

/// What a file of addresses holds, or why it cannot be used.
package enum AddressList: Hashable, Sendable {
    case addresses([String])
    case problem(String)
}
