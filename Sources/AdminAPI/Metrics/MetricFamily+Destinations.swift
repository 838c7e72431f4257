import RelayModel

extension MetricFamily {
    static let ofDestinations: [MetricFamily] = [
        MetricFamily(
            .counter, "x402_relay_deliveries_accepted_total", "Deliveries that came into the outbox.",
            .destinations { .count($0.turns.accepted) }),
        MetricFamily(
            .counter, "x402_relay_deliveries_total", "Deliveries that ended, by outcome.",
            .destinationsBy(
                "outcome",
                [
                    "delivered": { $0.turns.delivered }, "dead": { $0.turns.dead },
                    "discarded": { $0.turns.discarded },
                ])),
        MetricFamily(
            .counter, "x402_relay_attempts_total",
            "Attempts by outcome: succeeded is a 2xx, refused another status, unanswered none.",
            .destinationsBy(
                "outcome",
                [
                    "succeeded": { $0.measures.attempts.succeeded }, "refused": { $0.measures.attempts.refused },
                    "unanswered": { $0.measures.attempts.unanswered },
                ])),
        MetricFamily(
            .histogram, "x402_relay_attempt_duration_seconds", "How long attempts took, whatever came of them.",
            .destinations { .histogram($0.measures.attemptDuration) }),
        MetricFamily(
            .histogram, "x402_relay_delivery_latency_seconds",
            "From the receipt of an event to the 2xx for it, without what an operator sent again.",
            .destinations { .histogram($0.measures.latency) }),
        MetricFamily(
            .gauge, "x402_relay_deliveries_in_outbox", "Deliveries that are kept, by state.",
            .destinationsBy(
                "state",
                [
                    "pending": { $0.counts.pending }, "delivered": { $0.counts.delivered },
                    "dead": { $0.counts.dead }, "discarded": { $0.counts.discarded },
                ])),
        MetricFamily(
            .gauge, "x402_relay_oldest_pending_timestamp_seconds",
            "When the event of the oldest waiting delivery was received, in seconds since 1970; absent where none waits.",
            .destinations { $0.counts.oldestPending.map { .time($0) } }),
        MetricFamily(
            .gauge, "x402_relay_attempts_in_flight", "Attempts that are under way.",
            .destinations { .count($0.inFlight) }),
        MetricFamily(
            .gauge, "x402_relay_destination_down", "1 while the destination is down: one attempt at a time is made.",
            .destinations { .flag($0.state == .down) }),
        MetricFamily(
            .gauge, "x402_relay_destination_disabled",
            "1 while the destination is disabled: nothing is sent until it is resumed.",
            .destinations { .flag($0.state == .disabled) }),
        MetricFamily(
            .gauge, "x402_relay_destination_paused",
            "1 while an operator has paused the destination: nothing is sent until it is resumed.",
            .destinations { .flag($0.state == .paused) }),
    ]
}
