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
    package static let checks = uniqueness + content + order + updates + loading + standings
}

/// An outbox that can be closed and opened again, and what a check writes to it.
package final class OutboxUnderTest {
    private let open: () throws -> any Outbox
    private var opened: (any Outbox)?

    /// `open` is called again, after the outbox before was let go, and then has to find what that one wrote.
    package init(open: @escaping () throws -> any Outbox) throws {
        self.open = open
        opened = try open()
    }

    package var outbox: any Outbox {
        guard let opened else { preconditionFailure("used while it is reopened") }
        return opened
    }

    package func reopen() throws {
        opened = nil
        opened = try open()
    }
}

extension OutboxConformance: CustomTestStringConvertible {
    package var testDescription: String { name }
}
