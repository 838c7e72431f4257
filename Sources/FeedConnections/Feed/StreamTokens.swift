package import RelayModel

/// Who buys the slices of a paid feed and says which token its connections use.
///
/// The feed tells what its connections hear, and takes orders. Both sides may be called from any thread and must not block.
package protocol StreamTokens: Sendable {
    /// Begins: from here on `orders` is called, in order. Called once, by the feed's `start`.
    func start(_ orders: @escaping @Sendable (StreamOrder) -> Void)
    /// What the feed's connections heard, in the order in which they did.
    func tell(_ news: StreamNews)
}
