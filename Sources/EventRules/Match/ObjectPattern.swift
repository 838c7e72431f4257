import RelayModel

/// What a rule asks of one object: all of its members have to hold.
struct ObjectPattern: Sendable {
    let members: [MemberPattern]

    /// Files each condition under its path from `depth` on; names keep the order in which they first come.
    init(_ conditions: [Condition], depth: Int = 0) {
        var names: [String] = []
        var groups: [[Condition]] = []
        for condition in conditions {
            let name = condition.path[depth]
            if let index = names.firstIndex(of: name) {
                groups[index].append(condition)
            } else {
                names.append(name)
                groups.append([condition])
            }
        }
        members = zip(names, groups).map { MemberPattern(name: $0, $1, depth: depth) }
    }

    /// How the members hold within this one object.
    func held(_ document: JSONDocument, _ object: JSONNode) -> Held {
        held(document) { document.member(object, $0) }
    }

    /// How the members hold for the event's own top-level fields.
    func held(byFieldsOf event: EventView) -> Held {
        held(event.document) { event.member($0) }
    }

    @inline(__always)
    private func held(_ document: JSONDocument, _ find: (String) -> JSONNode?) -> Held {
        var result = Held.byAbsence
        for member in members {
            switch member.held(document, find(member.name)) {
            case .no: return .no
            case .byAbsence: break
            case .byValue: result = .byValue
            }
        }
        return result
    }

    /// How the members hold where there is no object at all.
    var heldByNothing: Held {
        members.allSatisfy { $0.heldByNothing == .byAbsence } ? .byAbsence : .no
    }

    /// How the members hold for a value in whose place an object is expected.
    ///
    /// In an array one object has to satisfy all of them by some value of its own. Where they ask for nothing but
    /// absence, every object has to lack the fields: one that does would say nothing of the others.
    func heldInside(_ document: JSONDocument, _ node: JSONNode) -> Held {
        switch document.kind(node) {
        case .object: return held(document, node)
        case .array:
            var scan = ArrayScan()
            look(through: node, document, &scan)
            if scan.found { return .byValue }
            if scan.objects == 0 { return heldByNothing }
            return scan.failed ? .no : .byAbsence
        default: return heldByNothing
        }
    }

    private struct ArrayScan {
        var found = false
        var failed = false
        var objects = 0
    }

    private func look(through array: JSONNode, _ document: JSONDocument, _ scan: inout ArrayScan) {
        for element in document.elements(array) where !scan.found {
            switch document.kind(element) {
            case .array: look(through: element, document, &scan)
            case .object:
                scan.objects += 1
                switch held(document, element) {
                case .byValue: scan.found = true
                case .no: scan.failed = true
                case .byAbsence: break
                }
            default: break
            }
        }
    }
}

/// What a rule asks of one member of an object.
///
/// A class, so that judging an event with many candidates copies references only.
final class MemberPattern: Sendable {
    let name: String
    /// Each has to hold.
    ///
    /// More than one only where a `$or` asks again what stands beside it.
    let conditions: [Condition]
    /// What is asked of the members of the object that the value is.
    let inner: ObjectPattern?

    init(name: String, _ conditions: [Condition], depth: Int) {
        self.name = name
        self.conditions = conditions.filter { $0.path.count == depth + 1 }
        let deeper = conditions.filter { $0.path.count > depth + 1 }
        inner = deeper.isEmpty ? nil : ObjectPattern(deeper, depth: depth + 1)
    }

    func held(_ document: JSONDocument, _ node: JSONNode?) -> Held {
        guard let node else { return heldByNothing }
        var result = Held.byAbsence
        for condition in conditions {
            switch condition.held(document, node) {
            case .no: return .no
            case .byAbsence: break
            case .byValue: result = .byValue
            }
        }
        if let inner {
            switch inner.heldInside(document, node) {
            case .no: return .no
            case .byAbsence: break
            case .byValue: result = .byValue
            }
        }
        return result
    }

    var heldByNothing: Held {
        for condition in conditions where !condition.acceptsAbsence { return .no }
        return inner?.heldByNothing ?? .byAbsence
    }
}
