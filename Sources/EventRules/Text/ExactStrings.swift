/// The exact strings of one list of alternatives, as UTF-8: a plain list while they are few, a hash table beyond.
enum ExactStrings: Sendable {
    /// Compared one by one.
    case few([[UInt8]])
    case many(StringTable)

    /// From here on hashing the value once is cheaper than comparing it with each.
    private static let fewLimit = 8

    static let none = ExactStrings.few([])

    init(_ strings: [String]) {
        if strings.count <= Self.fewLimit {
            self = .few(strings.map { Array($0.utf8) })
        } else {
            var table = StringTable(minimumCapacity: strings.count)
            for string in strings {
                var string = string
                _ = string.withUTF8 { table.insert($0) }
            }
            self = .many(table)
        }
    }

    var count: Int {
        switch self {
        case .few(let list): list.count
        case .many(let table): table.count
        }
    }

    func contains(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        switch self {
        case .few(let list):
            for candidate in list where Bytes.equal(text, candidate) { return true }
            return false
        case .many(let table):
            return table.id(of: text) != nil
        }
    }

    func visitEach(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        switch self {
        case .few(let list):
            for candidate in list { candidate.withUnsafeBufferPointer(body) }
        case .many(let table):
            for id in 0..<table.count { table.withText(of: id, body) }
        }
    }
}
