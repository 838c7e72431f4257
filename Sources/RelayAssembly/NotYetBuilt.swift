package import RelayConfig

/// What a configuration may ask for, since `check` knows all of it, but this version of the relay does not do.
package enum NotYetBuilt {
    /// A sentence for each thing in `configuration` that `run` has to refuse; empty where it can be run.
    package static func refusals(of configuration: Configuration) -> [String] {
        var refusals: [String] = []
        for feed in configuration.feeds {
            if case .atomicStream = feed.kind {
                refusals.append("feeds.\(feed.name): this version does not speak atomicstream yet; remove the feed")
            }
        }
        if configuration.payments != nil {
            refusals.append("payments: this version does not pay yet; remove the section")
        }
        return refusals
    }
}
