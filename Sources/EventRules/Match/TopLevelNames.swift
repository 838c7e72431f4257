import RelayModel

/// The names of an event's own top-level fields that a rule set asks for.
struct TopLevelNames: Sendable {
    /// Above this an event is gone through once for all names, below for each name when it is asked for.
    ///
    /// The usual event is far smaller and has few members: finding one costs less than a table of all.
    static let largeEvent = 16384

    private var names = StringTable()

    init(_ branches: [Branch]) {
        for branch in branches {
            for condition in branch.conditions where DerivedName(first: condition.path) == nil {
                guard var name = condition.path.first else { continue }
                _ = name.withUTF8 { names.insert($0) }
            }
        }
    }

    /// What a large event has under them; nil for any other.
    func values(in document: JSONDocument) -> TopLevelValues? {
        guard document.bytes.count > Self.largeEvent else { return nil }
        var nodes: [JSONNode?] = Array(repeating: nil, count: names.count)
        for (key, value) in document.members(document.root) {
            if let id = document.withScalar(key, { names.id(of: $1) }) { nodes[id] = value }
        }
        return TopLevelValues(names: names, nodes: nodes)
    }
}

/// A large event's values of the names that were asked for.
struct TopLevelValues {
    fileprivate let names: StringTable
    /// By the name's id; of a key that comes twice the last.
    fileprivate let nodes: [JSONNode?]

    /// The outer nil is for a name that was not asked for.
    func value(_ name: String) -> JSONNode?? {
        var name = name
        return name.withUTF8 { names.id(of: $0) }.map { nodes[$0] }
    }
}
