import RelayModel

extension MetricFamily {
    static let ofRelay: [MetricFamily] = [
        MetricFamily(
            .gauge, "x402_relay_build_info", "Always 1; the label has the relay's version.",
            .relayBy("version") { [($0.version, .number(1))] }),
        MetricFamily(
            .gauge, "x402_relay_ready",
            "1 while each feed is connected, healthy and paid and the outbox can be written, as /readyz tells it.",
            .relay { .flag($0.reasonsNotReady.isEmpty) }),
        MetricFamily(
            .gauge, "x402_relay_rules", "Rules of the configuration in use.", .relay { .count($0.rules.count) }),
        MetricFamily(
            .gauge, "x402_relay_rules_linear",
            "Branches of rules that no exact value leads to: each event is judged by all of them.",
            .relay { .count($0.linearRules) }),
        MetricFamily(
            .gauge, "x402_relay_live_clients", "Clients that follow the live events.",
            .relay { .count($0.liveClients) }),
    ]

    static let ofOutbox: [MetricFamily] = [
        MetricFamily(
            .histogram, "x402_relay_outbox_commit_duration_seconds",
            "How long a transaction that wrote to the outbox took, its sync included.",
            .relay { .histogram($0.outbox.commits) }),
        MetricFamily(
            .gauge, "x402_relay_outbox_size_bytes", "Bytes in use in the outbox, free pages not counted.",
            .relay { .number($0.outbox.size) }),
        MetricFamily(
            .gauge, "x402_relay_outbox_kept_bytes",
            "Bytes of what has to be kept: waiting and dead deliveries, recent payments, the ledger.",
            .relay { .number($0.outbox.keptSize) }),
        MetricFamily(
            .gauge, "x402_relay_outbox_max_size_bytes", "Bytes that the outbox may use, outbox.maxSize.",
            .relay { .number($0.outbox.maxSize) }),
        MetricFamily(
            .gauge, "x402_relay_outbox_writable", "0 while the outbox cannot be written.",
            .relay { .flag($0.outbox.trouble == nil) }),
        MetricFamily(
            .gauge, "x402_relay_outbox_pressed", "1 while the feeds are not read because the outbox cannot take more.",
            .relay { .flag($0.outbox.isPressed) }),
    ]

    static let ofPayments: [MetricFamily] = [
        MetricFamily(
            .gauge, "x402_relay_payments", "Payments in the ledger by state.",
            .relayBy("state") { status in
                guard let payments = status.payments else { return [] }
                return LedgerEntry.State.allCases.map { ($0.rawValue, .count(payments.ledger[$0] ?? 0)) }
            }),
        MetricFamily(
            .gauge, "x402_relay_payments_unresolved", "Payments of which the outcome is not known yet.",
            .relay { $0.payments.map { .count($0.unresolved) } }),
        MetricFamily(
            .gauge, "x402_relay_spent_units",
            "What was spent in the rolling hour, the rolling day and in total, in units of the asset.",
            .relayBy("window") { status in
                guard let payments = status.payments else { return [] }
                return [
                    ("hour", .amount(payments.spentHour)), ("day", .amount(payments.spentDay)),
                    ("total", .amount(payments.spentTotal)),
                ]
            }),
        MetricFamily(
            .gauge, "x402_relay_spend_limit_units",
            "What may be spent on a payment, in an hour, in a day and in total, in units of the asset, where limited.",
            .relayBy("window") { status in
                guard let payments = status.payments else { return [] }
                let limits = [
                    ("payment", payments.perPayment), ("hour", payments.perHour), ("day", payments.perDay),
                    ("total", payments.total),
                ]
                return limits.compactMap { window, limit in limit.map { (window, .amount($0)) } }
            }),
    ]

    /// By the names that every exporter of a process uses.
    static let ofProcess: [MetricFamily] = [
        MetricFamily(
            .gauge, "process_resident_memory_bytes", "Memory of the process that is in RAM.",
            .process { $0.residentBytes.map { .number($0) } }),
        MetricFamily(
            .gauge, "process_virtual_memory_bytes", "Address space of the process.",
            .process { $0.virtualBytes.map { .number($0) } }),
        MetricFamily(
            .counter, "process_cpu_seconds_total", "User and system CPU time of the process.",
            .process { $0.cpuTime.map { .duration($0) } }),
        MetricFamily(
            .gauge, "process_open_fds", "Open files and sockets of the process.",
            .process { $0.openFiles.map { .count($0) } }),
        MetricFamily(
            .gauge, "process_max_fds", "How many files and sockets the process may have open.",
            .process { $0.openFilesLimit.map { .number($0) } }),
        MetricFamily(
            .gauge, "process_start_time_seconds", "When the process started, in seconds since 1970.",
            .process { $0.startedAt.map { .time($0) } }),
    ]
}
