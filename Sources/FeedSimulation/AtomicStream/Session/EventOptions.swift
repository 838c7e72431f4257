import RelayModel

/// What `setOptions` says: how a client wants its events.
///
/// The vendor does not document the defaults; these are the values of its page's example.
struct EventOptions: Equatable, Sendable {
    enum Format: String, Sendable {
        case raw, enhanced
    }

    enum Encoding: String, Sendable {
        case base64, hex
    }

    var format: Format = .enhanced
    /// Of an account's data; from the query alone.
    var encoding: Encoding = .base64
    var includeAccounts = true
    var includeTokenBalanceChanges = true
    var includeLogs = false
    var includeInstructions = false
    /// Only the balance changes of what is watched.
    var filterTokenBalances = false

    /// Takes over what a message names and leaves the rest; says what is wrong with the first wrong member, nil where
    /// all are right.
    mutating func take(_ message: JSONFacts) -> String? {
        var changed = self
        if let given = message["eventFormat"] {
            guard let format = given.text.flatMap({ Format(rawValue: $0) }) else {
                return "eventFormat is neither raw nor enhanced"
            }
            changed.format = format
        }
        let flags: [(String, WritableKeyPath<EventOptions, Bool>)] = [
            ("includeAccounts", \.includeAccounts), ("includeTokenBalanceChanges", \.includeTokenBalanceChanges),
            ("includeLogs", \.includeLogs), ("includeInstructions", \.includeInstructions),
            ("filterTokenBalances", \.filterTokenBalances),
        ]
        for (name, flag) in flags where message[name] != nil {
            guard let value = message.boolean(name) else { return "\(name) is neither true nor false" }
            changed[keyPath: flag] = value
        }
        self = changed
        return nil
    }
}
