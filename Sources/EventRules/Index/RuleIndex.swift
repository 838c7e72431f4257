import RelayModel

/// Finds the branches that an event might satisfy by one exact value of each.
///
/// Each branch is filed under the values of one condition all of whose alternatives are exact: the one whose busiest
/// value is shared by the fewest branches. An event that has none of these values cannot satisfy the branch.
struct RuleIndex: Sendable {
    private let fields: [FieldIndex]
    /// Branches without such a condition, ascending.
    let linear: [Int32]

    init(_ branches: [Branch]) {
        var numbers: [[String]: Int] = [:]
        var fields: [FieldFiling] = []
        var linear: [Int32] = []
        for branch in branches {
            for condition in branch.conditions where condition.isExact {
                let number = numbers[condition.path] ?? fields.count
                if number == fields.count {
                    numbers[condition.path] = number
                    fields.append(FieldFiling(path: condition.path))
                }
                fields[number].count(condition)
            }
        }
        for (id, branch) in branches.enumerated() {
            var best: (field: Int, condition: Condition, cost: FilingCost)?
            for condition in branch.conditions where condition.isExact {
                guard let number = numbers[condition.path] else { continue }
                let cost = fields[number].cost(of: condition)
                if best.map({ cost < $0.cost }) ?? true { best = (number, condition, cost) }
            }
            if let best {
                fields[best.field].file(Int32(id), under: best.condition)
            } else {
                linear.append(Int32(id))
            }
        }
        self.fields = fields.filter { !$0.all.isEmpty }.map(FieldIndex.init)
        self.linear = linear
    }

    /// The branches that the event's values lead to, in no order; one may come more than once.
    func candidates(for event: EventView) -> [Int32] {
        var result = Candidates()
        for field in fields { field.collect(for: event, into: &result) }
        return result.branches
    }
}

/// The branches that were found so far.
///
/// A transaction with many transfers of one wallet leads to that wallet's rules once for each: they are thinned out whenever
/// they have doubled, so that memory follows the rules and not transfers times rules.
private struct Candidates {
    private static let smallest = 4096

    private(set) var branches: [Int32] = []
    private var limit = Self.smallest

    mutating func append(_ found: some Collection<Int32>) {
        branches.append(contentsOf: found)
        if branches.count > limit { thinOut() }
    }

    private mutating func thinOut() {
        branches.sort()
        var kept = 1
        for branch in branches.dropFirst() where branch != branches[kept - 1] {
            branches[kept] = branch
            kept += 1
        }
        branches.removeLast(branches.count - kept)
        limit = max(Self.smallest, kept * 2)
    }
}

/// What filing a branch under a condition costs when events are judged; less is better.
private struct FilingCost: Comparable {
    /// The branches that ask for the condition's busiest value.
    var sharing: Int
    /// `type` and `feed` have few values, so each of them comes with many events.
    var isBroad: Bool
    var values: Int

    static func < (left: FilingCost, right: FilingCost) -> Bool {
        if left.sharing != right.sharing { return left.sharing < right.sharing }
        if left.isBroad != right.isBroad { return right.isBroad }
        return left.values < right.values
    }
}

/// The filing of branches under the values of one field, while it is under way.
private struct FieldFiling {
    let path: [String]
    private let isBroad: Bool
    private(set) var strings = StringTable()
    /// For each string's id: how many branches ask for it, and those filed under it.
    private var stringCounts: [Int32] = []
    private(set) var stringBranches: [[Int32]] = []
    private var numberCounts: [DecimalNumber: Int] = [:]
    private(set) var numberBranches: [DecimalNumber: [Int32]] = [:]
    private(set) var all: [Int32] = []

    init(path: [String]) {
        self.path = path
        isBroad = path == ["type"] || path == ["feed"]
    }

    mutating func count(_ condition: Condition) {
        condition.test.strings.visitEach { text in
            let id = strings.insert(text)
            if id == stringCounts.count {
                stringCounts.append(0)
                stringBranches.append([])
            }
            stringCounts[id] += 1
        }
        for case .number(let number) in condition.test.operators { numberCounts[number, default: 0] += 1 }
    }

    func cost(of condition: Condition) -> FilingCost {
        var result = FilingCost(sharing: 0, isBroad: isBroad, values: 0)
        condition.test.strings.visitEach { text in
            result.values += 1
            if let id = strings.id(of: text) { result.sharing = max(result.sharing, Int(stringCounts[id])) }
        }
        for case .number(let number) in condition.test.operators {
            result.values += 1
            result.sharing = max(result.sharing, numberCounts[number] ?? 0)
        }
        return result
    }

    mutating func file(_ branch: Int32, under condition: Condition) {
        condition.test.strings.visitEach { text in
            if let id = strings.id(of: text), stringBranches[id].last != branch { stringBranches[id].append(branch) }
        }
        for case .number(let number) in condition.test.operators { numberBranches[number, default: []].append(branch) }
        all.append(branch)
    }
}

/// The branches filed under the values of one field.
private final class FieldIndex: Sendable {
    private let path: [String]
    private let name: DerivedName?
    private let isAddress: Bool
    private let strings: StringTable
    /// Where the branches of each string's id begin in `branches`; one more at the end.
    private let starts: [Int32]
    private let branches: [Int32]
    private let numberBranches: [DecimalNumber: [Int32]]
    /// All that are filed here: the candidates of an event that does not know this field yet.
    private let all: [Int32]

    init(_ filing: FieldFiling) {
        path = filing.path
        name = DerivedName(first: filing.path)
        isAddress = DerivedName(path: filing.path)?.isAddress == true
        strings = filing.strings
        // One list in place of a list for each string: two cache misses less for each event.
        branches = filing.stringBranches.flatMap { $0 }
        starts = filing.stringBranches.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.count)) }
        numberBranches = filing.numberBranches
        all = filing.all
    }

    func collect(for event: EventView, into result: inout Candidates) {
        let isUnknown = event.forEachValue(of: name, at: path) { kind, text in
            switch kind {
            case .string:
                let id =
                    isAddress && AddressText.isEVM(text)
                    ? AddressText.withLowered(text) { strings.id(of: $0) } : strings.id(of: text)
                if let id { result.append(branches[Int(starts[id])..<Int(starts[id + 1])]) }
            case .number:
                if !numberBranches.isEmpty, let number = DecimalNumber(text), let found = numberBranches[number] {
                    result.append(found)
                }
            default: break
            }
        }
        if isUnknown { result.append(all) }
    }
}

extension Condition {
    /// All alternatives are exact strings and numbers, so that only an event with one of these values satisfies it.
    fileprivate var isExact: Bool {
        guard canHoldByValue, !acceptsAbsence, !acceptsPresence else { return false }
        return test.operators.allSatisfy { alternative in
            if case .number = alternative { true } else { false }
        }
    }
}
