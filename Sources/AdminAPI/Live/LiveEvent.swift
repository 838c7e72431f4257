package import RelayModel

/// An event that was taken, as the live events tell it.
package struct LiveEvent: Sendable {
    package let event: Event
    /// The rules that took it, in the configuration's order.
    package let rules: [String]
    /// Where it is delivered to, in the configuration's order.
    package let destinations: [String]

    package init(event: Event, rules: [String], destinations: [String]) {
        self.event = event
        self.rules = rules
        self.destinations = destinations
    }
}
