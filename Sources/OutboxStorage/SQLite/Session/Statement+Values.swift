import FoundationEssentials
import GRDB

/// Gives a statement its values, in the order of its placeholders.
///
/// Straight to SQLite by the values' own `bind`: with arrays of GRDB's `DatabaseValue` the Swift runtime took nearly as
/// much time as SQLite (27 and 32 % of a profile).
struct StatementValues {
    private let statement: SQLiteStatement
    private var index: CInt = 0
    /// The first refusal of SQLite, a text or blob past its limit of a billion bytes as a rule.
    fileprivate var failure: CInt = 0

    fileprivate init(_ statement: SQLiteStatement) {
        self.statement = statement
    }

    private mutating func bind(_ value: some StatementBinding) {
        index += 1
        let code = value.bind(to: statement, at: index)
        if failure == 0 { failure = code }
    }

    mutating func add(_ value: Int64) { bind(value) }

    mutating func add(_ value: Int) { bind(Int64(value)) }

    mutating func add(_ value: Bool) { bind(value ? 1 : 0 as Int64) }

    mutating func add(_ value: String) { bind(value) }

    mutating func add(_ value: [UInt8]) { bind(Data(value)) }

    /// NULL.
    mutating func addNull() { index += 1 }

    mutating func add(_ value: Int64?) { if let value { bind(value) } else { addNull() } }

    mutating func add(_ value: String?) { if let value { bind(value) } else { addNull() } }

    mutating func add(_ value: [UInt8]?) { if let value { add(value) } else { addNull() } }

    /// For `CAST(? AS TEXT)`: a text with U+0000, where a bound text would end, as its bytes.
    mutating func addFeedText(_ text: String?) {
        guard let text else { return addNull() }
        if text.utf8.contains(0) { add(Array(text.utf8)) } else { bind(text) }
    }
}

extension Statement {
    /// Gives the statement its values.
    ///
    /// It keeps them until the next time.
    private func bind(_ add: (inout StatementValues) -> Void) throws {
        // Resets it, and tells GRDB that its values are given.
        setUncheckedArguments(StatementArguments())
        var values = StatementValues(sqliteStatement)
        add(&values)
        if values.failure != 0 {
            throw DatabaseError(resultCode: ResultCode(rawValue: values.failure), message: "a value cannot be bound")
        }
    }

    /// Runs the statement.
    func run(_ add: (inout StatementValues) -> Void) throws {
        try bind(add)
        try execute()
    }

    /// The first column of the first row; nil where there is none.
    ///
    /// It must not be NULL.
    func firstInteger(_ add: (inout StatementValues) -> Void) throws -> Int64? {
        try bind(add)
        return try Int64.fetchCursor(self).next()
    }

    /// The first column of all rows.
    ///
    /// It must not be NULL.
    func integers(_ add: (inout StatementValues) -> Void) throws -> [Int64] {
        try bind(add)
        return try Int64.fetchAll(self)
    }

    /// What `body` makes of the first row; nil where there is none.
    func firstRow<Result>(_ add: (inout StatementValues) -> Void, _ body: (Row) throws -> Result) throws -> Result? {
        let cursor = try rows(add)
        // A row is empty once its cursor is gone.
        return try withExtendedLifetime(cursor) { try cursor.next().map(body) }
    }

    /// Its rows, one at a time; a row is valid until the next, and while the cursor is there.
    func rows(_ add: (inout StatementValues) -> Void) throws -> RowCursor {
        try bind(add)
        return try Row.fetchCursor(self)
    }
}
