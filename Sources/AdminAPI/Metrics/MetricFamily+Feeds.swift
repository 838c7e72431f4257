import RelayModel

extension MetricFamily {
    static let ofFeeds: [MetricFamily] = [
        MetricFamily(
            .counter, "x402_relay_feed_messages_received_total",
            "Events that the feed brought, those that came again included.",
            .feeds { feed, _ in .count(feed.received) }),
        MetricFamily(
            .counter, "x402_relay_feed_events_matched_total",
            "Events of the feed that some rule matched, or may match once their payment is known.",
            .feeds { feed, _ in .count(feed.matched) }),
        MetricFamily(
            .counter, "x402_relay_feed_events_duplicate_total",
            "Events of the feed that had come before, mostly over another of its connections.",
            .feeds { feed, _ in .count(feed.repeated) }),
        MetricFamily(
            .counter, "x402_relay_feed_messages_malformed_total", "Messages of the feed that were no event.",
            .feeds { feed, _ in .count(feed.malformed) }),
        MetricFamily(
            .gauge, "x402_relay_feed_up", "1 while the feed is connected and healthy.",
            .feeds { feed, _ in .flag(feed.state == .connected) }),
        MetricFamily(
            .gauge, "x402_relay_feed_connections", "Connections of the feed that are subscribed.",
            .feeds { feed, _ in .count(feed.connections) }),
        MetricFamily(
            .gauge, "x402_relay_feed_connections_configured", "Connections that the feed should have.",
            .feeds { feed, _ in .count(feed.configuredConnections) }),
        MetricFamily(
            .gauge, "x402_relay_feed_reading", "0 while the feed is not read because the outbox cannot take more.",
            .feeds { feed, _ in .flag(feed.isReading) }),
        MetricFamily(
            .counter, "x402_relay_feed_reconnects_total", "Connections of the feed that were opened again.",
            .feeds { feed, _ in .count(feed.reconnects) }),
        MetricFamily(
            .counter, "x402_relay_feed_gaps_total", "Times in which events of the feed may have been missed.",
            .feeds { feed, _ in .count(feed.gaps) }),
        MetricFamily(
            .counter, "x402_relay_feed_gap_seconds_total", "How long the feed's gaps were together.",
            .feeds { feed, _ in .duration(feed.gapTime) }),
        MetricFamily(
            .gauge, "x402_relay_feed_last_message_timestamp_seconds",
            "When the feed was last heard, in seconds since 1970.",
            .feeds { feed, _ in feed.lastMessageAt.map { .time($0) } }),
        MetricFamily(
            .gauge, "x402_relay_feed_refused_keys", "Subscription keys that the feed refused.",
            .feeds { feed, _ in .count(feed.refusedKeys.count) }),
        MetricFamily(
            .gauge, "x402_relay_feed_paid", "1 while the paid feed is paid for, or about to be.",
            .feeds { feed, now in feed.slice.map { .flag($0.isCovered(at: now)) } }),
        MetricFamily(
            .gauge, "x402_relay_feed_paid_until_timestamp_seconds",
            "When the slice that is paid for ends, in seconds since 1970.",
            .feeds { feed, _ in feed.slice?.paidUntil.map { .time($0) } }),
    ]
}

extension SliceStatus {
    /// Whether nothing of the feed is missed for want of a payment: while the outcome of one is unknown, the slice before may go on.
    fileprivate func isCovered(at now: Timestamp) -> Bool {
        switch state {
        case "paid", "paying": true
        case "unresolved": paidUntil.map { now < $0 } ?? false
        default: false
        }
    }
}
