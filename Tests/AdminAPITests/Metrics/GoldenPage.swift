/// What Prometheus reads of `MetricsSamples`, line by line.
enum GoldenPage {
    static let text = """
        # HELP x402_relay_build_info Always 1; the label has the relay's version.
        # TYPE x402_relay_build_info gauge
        x402_relay_build_info{version="1.0.0"} 1
        # HELP x402_relay_ready 1 while each feed is connected, healthy and paid and the outbox can be written, as \
        /readyz tells it.
        # TYPE x402_relay_ready gauge
        x402_relay_ready 1
        # HELP x402_relay_rules Rules of the configuration in use.
        # TYPE x402_relay_rules gauge
        x402_relay_rules 1
        # HELP x402_relay_rules_linear Branches of rules that no exact value leads to: each event is judged by all \
        of them.
        # TYPE x402_relay_rules_linear gauge
        x402_relay_rules_linear 2
        # HELP x402_relay_live_clients Clients that follow the live events.
        # TYPE x402_relay_live_clients gauge
        x402_relay_live_clients 3
        # HELP x402_relay_feed_messages_received_total Events that the feed brought, those that came again included.
        # TYPE x402_relay_feed_messages_received_total counter
        x402_relay_feed_messages_received_total{feed="solana"} 10
        # HELP x402_relay_feed_events_matched_total Events of the feed that some rule matched, or may match once their payment is known.
        # TYPE x402_relay_feed_events_matched_total counter
        x402_relay_feed_events_matched_total{feed="solana"} 5
        # HELP x402_relay_feed_events_duplicate_total Events of the feed that had come before, mostly over another \
        of its connections.
        # TYPE x402_relay_feed_events_duplicate_total counter
        x402_relay_feed_events_duplicate_total{feed="solana"} 4
        # HELP x402_relay_feed_messages_malformed_total Messages of the feed that were no event.
        # TYPE x402_relay_feed_messages_malformed_total counter
        x402_relay_feed_messages_malformed_total{feed="solana"} 3
        # HELP x402_relay_feed_up 1 while the feed is connected and healthy.
        # TYPE x402_relay_feed_up gauge
        x402_relay_feed_up{feed="solana"} 1
        # HELP x402_relay_feed_connections Connections of the feed that are subscribed.
        # TYPE x402_relay_feed_connections gauge
        x402_relay_feed_connections{feed="solana"} 1
        # HELP x402_relay_feed_connections_configured Connections that the feed should have.
        # TYPE x402_relay_feed_connections_configured gauge
        x402_relay_feed_connections_configured{feed="solana"} 2
        # HELP x402_relay_feed_reading 0 while the feed is not read because the outbox cannot take more.
        # TYPE x402_relay_feed_reading gauge
        x402_relay_feed_reading{feed="solana"} 1
        # HELP x402_relay_feed_reconnects_total Connections of the feed that were opened again.
        # TYPE x402_relay_feed_reconnects_total counter
        x402_relay_feed_reconnects_total{feed="solana"} 2
        # HELP x402_relay_feed_gaps_total Times in which events of the feed may have been missed.
        # TYPE x402_relay_feed_gaps_total counter
        x402_relay_feed_gaps_total{feed="solana"} 1
        # HELP x402_relay_feed_gap_seconds_total How long the feed's gaps were together.
        # TYPE x402_relay_feed_gap_seconds_total counter
        x402_relay_feed_gap_seconds_total{feed="solana"} 61.005
        # HELP x402_relay_feed_last_message_timestamp_seconds When the feed was last heard, in seconds since 1970.
        # TYPE x402_relay_feed_last_message_timestamp_seconds gauge
        x402_relay_feed_last_message_timestamp_seconds{feed="solana"} 1700000000.123
        # HELP x402_relay_feed_refused_keys Subscription keys that the feed refused.
        # TYPE x402_relay_feed_refused_keys gauge
        x402_relay_feed_refused_keys{feed="solana"} 2
        # HELP x402_relay_feed_paid 1 while the paid feed is paid for, or about to be.
        # TYPE x402_relay_feed_paid gauge
        x402_relay_feed_paid{feed="solana"} 1
        # HELP x402_relay_feed_paid_until_timestamp_seconds When the slice that is paid for ends, in seconds since \
        1970.
        # TYPE x402_relay_feed_paid_until_timestamp_seconds gauge
        x402_relay_feed_paid_until_timestamp_seconds{feed="solana"} 1700000300.123
        # HELP x402_relay_deliveries_accepted_total Deliveries that came into the outbox.
        # TYPE x402_relay_deliveries_accepted_total counter
        x402_relay_deliveries_accepted_total{destination="billing"} 37
        # HELP x402_relay_deliveries_total Deliveries that ended, by outcome.
        # TYPE x402_relay_deliveries_total counter
        x402_relay_deliveries_total{destination="billing",outcome="delivered"} 30
        x402_relay_deliveries_total{destination="billing",outcome="dead"} 2
        x402_relay_deliveries_total{destination="billing",outcome="discarded"} 1
        # HELP x402_relay_attempts_total Attempts by outcome: succeeded is a 2xx, refused another status, unanswered \
        none.
        # TYPE x402_relay_attempts_total counter
        x402_relay_attempts_total{destination="billing",outcome="succeeded"} 30
        x402_relay_attempts_total{destination="billing",outcome="refused"} 2
        x402_relay_attempts_total{destination="billing",outcome="unanswered"} 1
        # HELP x402_relay_attempt_duration_seconds How long attempts took, whatever came of them.
        # TYPE x402_relay_attempt_duration_seconds histogram
        x402_relay_attempt_duration_seconds_bucket{destination="billing",le="0.001"} 2
        x402_relay_attempt_duration_seconds_bucket{destination="billing",le="0.25"} 4
        x402_relay_attempt_duration_seconds_bucket{destination="billing",le="1"} 5
        x402_relay_attempt_duration_seconds_bucket{destination="billing",le="+Inf"} 7
        x402_relay_attempt_duration_seconds_sum{destination="billing"} 61.506
        x402_relay_attempt_duration_seconds_count{destination="billing"} 7
        # HELP x402_relay_delivery_latency_seconds From the receipt of an event to the 2xx for it, without what an \
        operator sent again.
        # TYPE x402_relay_delivery_latency_seconds histogram
        x402_relay_delivery_latency_seconds_bucket{destination="billing",le="0.00025"} 0
        x402_relay_delivery_latency_seconds_bucket{destination="billing",le="60"} 1
        x402_relay_delivery_latency_seconds_bucket{destination="billing",le="+Inf"} 1
        x402_relay_delivery_latency_seconds_sum{destination="billing"} 0.000250001
        x402_relay_delivery_latency_seconds_count{destination="billing"} 1
        # HELP x402_relay_deliveries_in_outbox Deliveries that are kept, by state.
        # TYPE x402_relay_deliveries_in_outbox gauge
        x402_relay_deliveries_in_outbox{destination="billing",state="pending"} 4
        x402_relay_deliveries_in_outbox{destination="billing",state="delivered"} 30
        x402_relay_deliveries_in_outbox{destination="billing",state="dead"} 2
        x402_relay_deliveries_in_outbox{destination="billing",state="discarded"} 1
        # HELP x402_relay_oldest_pending_timestamp_seconds When the event of the oldest waiting delivery was \
        received, in seconds since 1970; absent where none waits.
        # TYPE x402_relay_oldest_pending_timestamp_seconds gauge
        x402_relay_oldest_pending_timestamp_seconds{destination="billing"} 1699999910.123
        # HELP x402_relay_attempts_in_flight Attempts that are under way.
        # TYPE x402_relay_attempts_in_flight gauge
        x402_relay_attempts_in_flight{destination="billing"} 1
        # HELP x402_relay_destination_down 1 while the destination is down: one attempt at a time is made.
        # TYPE x402_relay_destination_down gauge
        x402_relay_destination_down{destination="billing"} 1
        # HELP x402_relay_destination_disabled 1 while the destination is disabled: nothing is sent until it is \
        resumed.
        # TYPE x402_relay_destination_disabled gauge
        x402_relay_destination_disabled{destination="billing"} 0
        # HELP x402_relay_destination_paused 1 while an operator has paused the destination: nothing is sent until \
        it is resumed.
        # TYPE x402_relay_destination_paused gauge
        x402_relay_destination_paused{destination="billing"} 0
        # HELP x402_relay_outbox_commit_duration_seconds How long a transaction that wrote to the outbox took, its sync included.
        # TYPE x402_relay_outbox_commit_duration_seconds histogram
        x402_relay_outbox_commit_duration_seconds_bucket{le="0.00025"} 1
        x402_relay_outbox_commit_duration_seconds_bucket{le="0.005"} 1
        x402_relay_outbox_commit_duration_seconds_bucket{le="+Inf"} 2
        x402_relay_outbox_commit_duration_seconds_sum 1.0002
        x402_relay_outbox_commit_duration_seconds_count 2
        # HELP x402_relay_outbox_size_bytes Bytes in use in the outbox, free pages not counted.
        # TYPE x402_relay_outbox_size_bytes gauge
        x402_relay_outbox_size_bytes 4096
        # HELP x402_relay_outbox_kept_bytes Bytes of what has to be kept: waiting and dead deliveries, recent \
        payments, the ledger.
        # TYPE x402_relay_outbox_kept_bytes gauge
        x402_relay_outbox_kept_bytes 2048
        # HELP x402_relay_outbox_max_size_bytes Bytes that the outbox may use, outbox.maxSize.
        # TYPE x402_relay_outbox_max_size_bytes gauge
        x402_relay_outbox_max_size_bytes 10737418240
        # HELP x402_relay_outbox_writable 0 while the outbox cannot be written.
        # TYPE x402_relay_outbox_writable gauge
        x402_relay_outbox_writable 1
        # HELP x402_relay_outbox_pressed 1 while the feeds are not read because the outbox cannot take more.
        # TYPE x402_relay_outbox_pressed gauge
        x402_relay_outbox_pressed 0
        # HELP x402_relay_payments Payments in the ledger by state.
        # TYPE x402_relay_payments gauge
        x402_relay_payments{state="signed"} 0
        x402_relay_payments{state="sent"} 0
        x402_relay_payments{state="settled"} 7
        x402_relay_payments{state="refused"} 0
        x402_relay_payments{state="unknown"} 1
        x402_relay_payments{state="expired"} 0
        # HELP x402_relay_payments_unresolved Payments of which the outcome is not known yet.
        # TYPE x402_relay_payments_unresolved gauge
        x402_relay_payments_unresolved 1
        # HELP x402_relay_spent_units What was spent in the rolling hour, the rolling day and in total, in units of \
        the asset.
        # TYPE x402_relay_spent_units gauge
        x402_relay_spent_units{window="hour"} 0.03
        x402_relay_spent_units{window="day"} 1.5
        x402_relay_spent_units{window="total"} 12
        # HELP x402_relay_spend_limit_units What may be spent on a payment, in an hour, in a day and in total, in \
        units of the asset, where limited.
        # TYPE x402_relay_spend_limit_units gauge
        x402_relay_spend_limit_units{window="payment"} 0.5
        x402_relay_spend_limit_units{window="hour"} 2
        x402_relay_spend_limit_units{window="day"} 50
        x402_relay_spend_limit_units{window="total"} 18446744073709551615.000000000000000001
        # HELP process_resident_memory_bytes Memory of the process that is in RAM.
        # TYPE process_resident_memory_bytes gauge
        process_resident_memory_bytes 26214400
        # HELP process_virtual_memory_bytes Address space of the process.
        # TYPE process_virtual_memory_bytes gauge
        process_virtual_memory_bytes 298479616
        # HELP process_cpu_seconds_total User and system CPU time of the process.
        # TYPE process_cpu_seconds_total counter
        process_cpu_seconds_total 13.25
        # HELP process_open_fds Open files and sockets of the process.
        # TYPE process_open_fds gauge
        process_open_fds 70
        # HELP process_max_fds How many files and sockets the process may have open.
        # TYPE process_max_fds gauge
        process_max_fds 1048576
        # HELP process_start_time_seconds When the process started, in seconds since 1970.
        # TYPE process_start_time_seconds gauge
        process_start_time_seconds 1699999123.573

        """
}
