/// Why the outbox did not do what was asked.
package struct OutboxError: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Kind: String, Hashable, Sendable {
        /// No room on the disk: goes on by itself when there is some.
        case full
        /// The file or its folder cannot be written.
        case readOnly
        /// Another relay holds the file.
        case locked
        /// Written by a newer version of the relay.
        case newer
        /// Not a database, one of another program, or one that is damaged.
        case corrupt
        /// The batch holds something that breaks a constraint: as it is, it can never be written.
        case refused
        /// Any other failure of the disk or the database; worth another try.
        case failed
    }

    package let kind: Kind
    /// What happened to which file, and what to do next.
    package let reason: String

    package init(kind: Kind, reason: String) {
        self.kind = kind
        self.reason = reason
    }

    package var description: String { reason }
}
