package import OutboxStorage
import RelayModel
import Testing

/// What every `Outbox` holds, as checks that run against each implementation.
package struct OutboxConformance: Sendable {
    package let name: String
    package let run: @Sendable (OutboxUnderTest) throws -> Void

    init(_ name: String, _ run: @escaping @Sendable (OutboxUnderTest) throws -> Void) {
        self.name = name
        self.run = run
    }

    /// All of them.
    package static let checks =
        uniqueness + content + order + updates + loading + standings + joins + operators + replays + pruning + sizes
        + listings + searches + counting + turns + clocks + ledger + ledgerListings
}

/// An outbox that can be closed and opened again, and what a check writes to it.
package final class OutboxUnderTest {
    private let open: () throws -> any Outbox
    private let read: (any Outbox) throws -> any OutboxReading
    private var opened: (any Outbox)?
    private var reading: (any OutboxReading)?

    /// `open` is called again, after the outbox before was let go, and then has to find what that one wrote; `read` gives who
    /// looks into the one that is open.
    package init(
        open: @escaping () throws -> any Outbox, read: @escaping (any Outbox) throws -> any OutboxReading
    ) throws {
        self.open = open
        self.read = read
        opened = try open()
    }

    package var outbox: any Outbox {
        guard let opened else { preconditionFailure("used while it is reopened") }
        return opened
    }

    /// Looks into the outbox that is open.
    package var reader: any OutboxReading {
        get throws {
            if let reading { return reading }
            let new = try read(outbox)
            reading = new
            return new
        }
    }

    package func reopen() throws {
        reading = nil
        opened = nil
        opened = try open()
    }
}

extension OutboxConformance: CustomTestStringConvertible {
    package var testDescription: String { name }
}
