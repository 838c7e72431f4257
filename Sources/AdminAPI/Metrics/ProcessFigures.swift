/// What this process takes of the machine, as the kernel tells in /proc.
struct ProcessFigures: Hashable, Sendable {
    /// Nil for what could not be read.
    static func read() -> ProcessFigures { preconditionFailure("to be written") }
}
