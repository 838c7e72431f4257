import RelayModel

/// Reads a `match` object into its branches and collects all that is wrong with it.
struct PatternCompiler {
    let document: JSONDocument
    let readAddresses: (String) -> AddressList
    private(set) var faults: [RuleFault] = []

    /// The combinations of `$or` alternatives that one rule may have.
    ///
    /// It keeps nested `$or`s, whose combinations multiply, from taking all memory.
    static let branchLimit = 1000

    init(document: JSONDocument, readAddresses: @escaping (String) -> AddressList) {
        self.document = document
        self.readAddresses = readAddresses
    }

    mutating func fail(_ node: JSONNode, _ path: String, _ reason: String) {
        faults.append(RuleFault(node: node, path: path, reason: reason))
    }

    /// The branches of a whole `match`: each a list of conditions.
    ///
    /// Meaningless where there are faults.
    mutating func compile(_ match: JSONNode) -> [[Condition]] {
        guard document.kind(match) == .object else {
            fail(match, "", "must be an object of fields and what they may be, as in { \"type\": [\"payment\"] }")
            return []
        }
        return branches(of: match, Place(names: [], text: "", isInOr: false))
    }

    /// Where in a pattern the compiler is.
    struct Place {
        /// The path of the event's field.
        var names: [String]
        /// The path in the pattern's text.
        var text: String
        var isInOr: Bool

        func member(_ name: String) -> Place {
            Place(names: names + [name], text: text.isEmpty ? name : "\(text).\(name)", isInOr: isInOr)
        }

        func element(_ index: Int) -> Place {
            Place(names: names, text: "\(text)[\(index)]", isInOr: isInOr)
        }
    }

    private mutating func branches(of object: JSONNode, _ place: Place) -> [[Condition]] {
        if let repeated = document.firstRepeatedKey(in: object) {
            let name = document.string(repeated) ?? ""
            fail(repeated, place.member(name).text, "is given twice; give each field once, with all its alternatives")
        }
        var result: [[Condition]] = [[]]
        for (key, value) in document.members(object) {
            let name = document.string(key) ?? ""
            if name == "$or" {
                let alternatives = orBranches(key, value, place)
                guard result.count * alternatives.count <= Self.branchLimit else {
                    let reason =
                        "makes \(result.count * alternatives.count) combinations with the $or before it, "
                        + "\(Self.branchLimit) are allowed; split the rule into several"
                    fail(key, place.member(name).text, reason)
                    continue
                }
                result = result.flatMap { before in alternatives.map { before + $0 } }
                continue
            }
            let inner = place.member(name)
            if place.isInOr && RulePattern.namesReservedInOr.contains(name) {
                let reason =
                    "is an operator, and the alternatives of $or are objects of fields; "
                    + "name the field, as in { \"amount\": [{ \"\(name)\": … }] }"
                fail(key, inner.text, reason)
                continue
            }
            switch document.kind(value) {
            case .array:
                let condition = condition(value, inner)
                for index in result.indices { result[index].append(condition) }
            case .object:
                if let condition = fileCondition(value, inner) {
                    for index in result.indices { result[index].append(condition) }
                    continue
                }
                guard document.members(value).contains(where: { _ in true }) else {
                    fail(value, inner.text, "is an empty object; ask for one of its fields, or leave it out")
                    continue
                }
                let nested = branches(of: value, inner)
                if nested.count == 1, let only = nested.first {
                    for index in result.indices { result[index].append(contentsOf: only) }
                } else if result.count * nested.count <= Self.branchLimit {
                    result = result.flatMap { before in nested.map { before + $0 } }
                } else {
                    let reason =
                        "makes \(result.count * nested.count) combinations of $or alternatives, "
                        + "\(Self.branchLimit) are allowed; split the rule into several"
                    fail(key, inner.text, reason)
                }
            default:
                let shown = JSONExcerpt.text(document, value)
                fail(value, inner.text, "must be a list of alternatives; write [\(shown)]")
            }
        }
        return result
    }

    private mutating func orBranches(_ key: JSONNode, _ value: JSONNode, _ place: Place) -> [[Condition]] {
        let or = Place(names: place.names, text: place.member("$or").text, isInOr: true)
        guard document.kind(value) == .array else {
            fail(value, or.text, "must be a list of at least two objects, one of which has to match")
            return [[]]
        }
        var result: [[Condition]] = []
        var count = 0
        for element in document.elements(value) {
            let inner = or.element(count)
            count += 1
            guard document.kind(element) == .object else {
                fail(element, inner.text, "must be an object of fields, as in { \"type\": [\"payment\"] }")
                continue
            }
            guard document.members(element).contains(where: { _ in true }) else {
                fail(element, inner.text, "is an empty object, which would make the whole $or true; name a field")
                continue
            }
            result.append(contentsOf: branches(of: element, inner))
        }
        if count < 2 {
            fail(value, or.text, "has \(count) alternatives and needs at least two; write a single one without $or")
        }
        return result.isEmpty ? [[]] : result
    }

    /// The condition of `{ "file": "wallets.txt" }` in the place of a list; nil where `value` has not that form.
    private mutating func fileCondition(_ value: JSONNode, _ place: Place) -> Condition? {
        guard let file = document.member(value, "file"), let name = document.string(file) else { return nil }
        func condition(_ addresses: [String]) -> Condition {
            Condition(
                path: place.names, asked: "the \(addresses.count) addresses of \(JSONEscapes.quoted(name))",
                acceptsAbsence: false, acceptsPresence: false,
                test: ValueTest(strings: ExactStrings(addresses.map { WalletAddress($0).canonical })))
        }
        guard DerivedName(path: place.names)?.isAddress == true else {
            let reason = "cannot come from a file; only wallet, sender, recipient and mint at the top level can"
            fail(value, place.text, reason)
            return condition([])
        }
        if let repeated = document.firstRepeatedKey(in: value) {
            fail(repeated, place.text, "has \"file\" twice; name one file")
            return condition([])
        }
        guard document.members(value).reduce(0, { count, _ in count + 1 }) == 1 else {
            fail(value, place.text, "must have nothing beside \"file\"")
            return condition([])
        }
        switch readAddresses(name) {
        case .addresses(let addresses):
            if addresses.isEmpty {
                fail(file, "\(place.text).file", "\(name) lists no address; add one, or remove the field from the rule")
            }
            return condition(addresses)
        case .problem(let reason):
            fail(file, "\(place.text).file", reason)
            return condition([])
        }
    }
}
