import RelayModel

// The answers' JSON: names and forms here are what scripts depend on. Times are ISO 8601 in UTC with milliseconds, durations are
// seconds as a decimal string.
extension JSONObjectWriter {
    mutating func write(_ status: RelayStatus) {
        string("version", status.version)
        value("running", status.isRunning)
        time("startedAt", status.startedAt)
        time("now", status.now)
        value("ready", status.reasonsNotReady.isEmpty)
        strings("reasons", status.reasonsNotReady)
        objects("feeds", status.feeds) { $1.write($0) }
        objects("destinations", status.destinations) { $1.write($0) }
        objects("rules", status.rules) { $1.write($0) }
        value("linearRules", status.linearRules)
        value("liveClients", status.liveClients)
        object("outbox") { $0.write(status.outbox) }
        object("payments", orNull: status.payments) { $1.write($0) }
    }

    mutating func write(_ feed: FeedStatus) {
        string("name", feed.name)
        string("protocol", feed.protocolName)
        string("url", feed.url)
        string("state", feed.state.rawValue)
        string("reason", orNull: feed.reason)
        time("since", feed.since)
        value("connections", feed.connections)
        value("configuredConnections", feed.configuredConnections)
        value("reading", feed.isReading)
        time("lastMessage", feed.lastMessageAt)
        value("gaps", feed.gaps)
        seconds("gapTime", feed.gapTime)
        object("lastGap", orNull: feed.lastGap) { $1.write($0) }
        objects("recentGaps", feed.recentGaps) { $1.write($0) }
        strings("refusedKeys", feed.refusedKeys)
        value("received", feed.received)
        value("matched", feed.matched)
        value("repeated", feed.repeated)
        value("malformed", feed.malformed)
        value("reconnects", feed.reconnects)
        object("lastFailure", orNull: feed.lastFailure) { $1.write($0) }
        object("lastMinute") {
            $0.value("received", feed.lastMinute.received)
            $0.value("matched", feed.lastMinute.matched)
        }
        object("slice", orNull: feed.slice) { $1.write($0) }
    }

    private mutating func write(_ gap: FeedStatus.Gap) {
        time("from", gap.from)
        time("to", gap.to)
        string("cause", gap.cause)
    }

    private mutating func write(_ failure: FeedStatus.Failure) {
        time("at", failure.at)
        string("reason", failure.reason)
    }

    mutating func write(_ destination: DestinationStatus) {
        string("name", destination.name)
        string("url", orNull: destination.url)
        string("state", destination.state.rawValue)
        string("reason", orNull: destination.reason)
        time("since", destination.since)
        value("pending", destination.counts.pending)
        value("delivered", destination.counts.delivered)
        value("dead", destination.counts.dead)
        value("discarded", destination.counts.discarded)
        time("oldestPending", destination.counts.oldestPending)
        value("inFlight", destination.inFlight)
        object("sinceStart") {
            $0.value("accepted", destination.turns.accepted)
            $0.value("delivered", destination.turns.delivered)
            $0.value("dead", destination.turns.dead)
            $0.value("discarded", destination.turns.discarded)
            $0.object("attempts") {
                $0.value("succeeded", destination.measures.attempts.succeeded)
                $0.value("refused", destination.measures.attempts.refused)
                $0.value("unanswered", destination.measures.attempts.unanswered)
            }
            $0.object("attemptDuration") { $0.write(destination.measures.attemptDuration) }
            $0.object("latency") { $0.write(destination.measures.latency) }
        }
        object("lastMinute") {
            $0.value("delivered", destination.lastMinute.delivered)
            $0.value("failed", destination.lastMinute.failed)
        }
        object("lastFailure", orNull: destination.lastFailure) { $1.write($0) }
        time("lastSuccess", destination.lastSuccess)
    }

    /// How many, and the values that half, 95 and 99 of a hundred stay within; seconds, `null` of none.
    mutating func write(_ histogram: Histogram) {
        value("count", histogram.count)
        for percent in [50, 95, 99] {
            if let quantile = histogram.quantile(percent: percent) {
                seconds("p\(percent)", quantile)
            } else {
                value("p\(percent)", "null")
            }
        }
    }

    mutating func write(_ rule: RuleStatus) {
        string("name", rule.name)
        strings("deliverTo", rule.deliverTo)
        if let feeds = rule.feeds { strings("feeds", feeds) } else { value("feeds", "null") }
    }

    private mutating func write(_ outbox: OutboxStatus) {
        string("path", outbox.path)
        value("size", outbox.size)
        value("maxSize", outbox.maxSize)
        string("trouble", orNull: outbox.trouble)
        value("pressed", outbox.isPressed)
        value("keptSize", outbox.keptSize)
        value("commits", outbox.commits.count)
        object("commitDuration") { $0.write(outbox.commits) }
    }

    mutating func write(_ report: ReloadReport) {
        strings("applied", report.applied)
        strings("needsRestart", report.needsRestart)
        strings("warnings", report.warnings)
    }

    mutating func write(_ report: MatchReport) {
        string("feed", report.feed)
        strings("matched", report.rules.filter { $0.reason == nil }.map(\.name))
        object("rules") {
            for rule in report.rules { $0.string(rule.name, orNull: rule.reason) }
        }
    }

    /// A member whose value is an object that `fill` writes, or `null` for none.
    mutating func object<Value>(
        _ key: String, orNull value: Value?, _ fill: (Value, inout JSONObjectWriter) -> Void
    ) {
        guard let value else { return self.value(key, "null") }
        object(key) { fill(value, &$0) }
    }

    mutating func time(_ key: String, _ time: Timestamp?) {
        string(key, orNull: time?.description)
    }

    mutating func seconds(_ key: String, _ duration: Duration) {
        string(key, Self.seconds(duration))
    }

    /// Seconds with milliseconds, as a decimal.
    static func seconds(_ duration: Duration) -> String {
        let milliseconds = max(0, duration.wholeMilliseconds)
        let fraction = String(milliseconds % 1000 + 1000).dropFirst()
        return "\(milliseconds / 1000).\(fraction)"
    }
}
