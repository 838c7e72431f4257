import RelayModel

/// What a rule asks of one object: all of its members have to hold.
struct ObjectPattern: Sendable {
    var members: [MemberPattern] = []

    /// Files `condition` under its path from `depth` on.
    mutating func add(_ condition: Condition, depth: Int = 0) {
        let name = condition.path[depth]
        let index: Int
        if let found = members.firstIndex(where: { $0.name == name }) {
            index = found
        } else {
            index = members.count
            members.append(MemberPattern(name: name))
        }
        if depth + 1 == condition.path.count {
            members[index].conditions.append(condition)
        } else {
            var inner = members[index].inner ?? ObjectPattern()
            inner.add(condition, depth: depth + 1)
            members[index].inner = inner
        }
    }

    /// How the members hold within this one object.
    func held(_ document: JSONDocument, _ object: JSONNode) -> Held {
        var result = Held.byAbsence
        for member in members {
            switch member.held(document, document.member(object, member.name)) {
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
struct MemberPattern: Sendable {
    var name: String
    /// Each has to hold. More than one only where a `$or` asks again what stands beside it.
    var conditions: [Condition] = []
    /// What is asked of the members of the object that the value is.
    var inner: ObjectPattern?

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
