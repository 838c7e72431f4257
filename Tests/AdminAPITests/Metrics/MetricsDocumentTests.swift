import Glibc
import Testing

@testable import AdminAPI

/// Alerts, their tests and the dashboard name only what the relay has, and the page on monitoring explains all of it.
@Suite struct `The documents on metrics` {
    @Test(arguments: ["deploy/prometheus-alerts.yaml", "Tests/Alerts/prometheus-alerts.test.yaml"])
    func `alert only on series that exist`(file: String) throws {
        let expressions = MetricsDocuments.expressions(yaml: try Self.read(file))
        #expect(expressions.count > 30)
        let faults = expressions.flatMap(Self.faults)
        #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
    }

    @Test func `plot only series that exist, and each family`() throws {
        let expressions = MetricsDocuments.expressions(dashboard: try Self.read("deploy/grafana-dashboard.json"))
        #expect(expressions.count > 30)
        let faults = expressions.flatMap(Self.faults)
        #expect(faults.isEmpty, "\(faults.joined(separator: "\n"))")
        let plotted = Set(expressions.flatMap { MetricsQuery($0).selectors.map(\.metric) })
        for family in MetricFamily.all where !family.name.hasSuffix("virtual_memory_bytes") {
            #expect(family.seriesNames.contains(where: plotted.contains), "\(family.name) is not plotted")
        }
    }

    @Test func `explain each family with its kind and labels, and no other`() throws {
        let page = try Self.read("deploy/operating/monitoring.md")
        let rows = page.matches(of: /(?m)^\| `([a-z0-9_]+)` \| (\w+) \|(?: `([^|]+)`)? \| .+ \|$/)
            .map { "\($0.1) \($0.2) \($0.3 ?? "")" }
        #expect(rows == MetricFamily.all.map { "\($0.name) \($0.kind.rawValue) \($0.labels.joined(separator: ", "))" })
        let known = Set(MetricFamily.all.flatMap { [$0.name] + $0.seriesNames })
        #expect(MetricsDocuments.names(in: page).subtracting(known).isEmpty)
    }

    @Test func `explain each alert, where its link leads, and test it`() throws {
        let rules = try Self.read("deploy/prometheus-alerts.yaml")
        let names = rules.matches(of: /(?m)^      - alert: (\w+)$/).map { String($0.1) }
        #expect(names.count > 25 && Set(names).count == names.count)
        let headings = try Self.read("deploy/operating/monitoring.md").matches(of: /(?m)^### (X402Relay\w+)$/).map {
            String($0.1)
        }
        #expect(headings == names)
        let tests = try Self.read("Tests/Alerts/prometheus-alerts.test.yaml")
        for (index, block) in rules.split(separator: "      - alert: ").dropFirst().enumerated() {
            let name = names[index]
            #expect(block.contains("runbook_url: operating/monitoring.md#\(name.lowercased())\n"), "\(name)")
            for part in ["expr: ", "for: ", "summary: ", "description: ", "x402-relay"] {
                #expect(block.contains(part), "\(name) has no \(part)")
            }
            #expect(block.contains("severity: page\n") != block.contains("severity: warning\n"), "\(name)")
            #expect(tests.contains("alertname=\"\(name)\", severity="), "\(name) is not seen firing")
        }
    }

    @Test(arguments: [
        "x402_relay_feed_upp == 0", "sum(rate(x402_relay_attempts[5m]))", "x402_relay_attempt_duration_seconds > 1",
        #"x402_relay_feed_up{destination="a"}"#, #"x402_relay_attempts_total{outcome="failed"}"#,
        "sum by (destination) (x402_relay_feed_up)", "up == 0 and relay_ready", "x402_relay_rules{le=\"1\"}",
        "x402_relay_ready_bucket", "a + b", "absent(x402_relay_ready{job=\"x\"}) or node_load1",
    ])
    func `would not pass with what is not there`(expression: String) {
        #expect(!Self.faults(expression).isEmpty)
    }

    @Test(arguments: [
        "up == 0", "sum by (feed) (rate(x402_relay_feed_gaps_total[5m])) > 1e9",
        #"histogram_quantile(1, sum by (le) (rate(x402_relay_attempt_duration_seconds_bucket{job=~"$d"}[5m])))"#,
        #"time() - x402_relay_oldest_pending_timestamp_seconds{job="b"} > 60 unless on (job) x402_relay_ready"#,
        #"x402_relay_attempts_total{outcome="refused"}"#, #"sum by (alertname) (ALERTS{alertstate="firing"})"#,
        #"x402_relay_spend_limit_units{window="payment"}"#,
    ])
    func `pass with what is there`(expression: String) {
        #expect(Self.faults(expression).isEmpty)
    }

    @Test func `are read whole`() {
        let yaml =
            "a:\n  - expr: >-\n      b\n      + c\n    for: 1m\n  - series: d{e=\"f\"}\n  - expr: &g h\n  - expr: *g\n"
        #expect(MetricsDocuments.expressions(yaml: yaml) == ["      b       + c", "d{e=\"f\"}", "h"])
        let json = #"{ "expr": "a{b=\"c\"}", "query": "label_values(d, e)", "query": "prometheus" }"#
        #expect(MetricsDocuments.expressions(dashboard: json) == [#"a{b="c"}"#, "sum by (e) (d)"])
        #expect(
            MetricsDocuments.names(in: "`process_a` x402_relay_b_c, myprocess_d") == ["process_a", "x402_relay_b_c"])
    }

    // MARK: What there is

    /// The labels of each series, and what each may hold where that does not depend on the configuration.
    private static let series: [String: Set<String>] = {
        var series: [String: Set<String>] = [
            "up": [], "ALERTS": ["alertname", "alertstate", "severity", "feed", "destination", "window"],
        ]
        for family in MetricFamily.all {
            for name in family.seriesNames {
                series[name] = Set(family.labels).union(name.hasSuffix("_bucket") ? ["le"] : [])
            }
        }
        return series
    }()

    private static let values: [String: Set<String>] = {
        var values: [String: Set<String>] = [:]
        for match in GoldenPage.text.matches(of: /(outcome|state|window)="(\w+)"/) {
            values[String(match.1), default: []].insert(String(match.2))
        }
        return values
    }()

    /// What Prometheus adds by itself.
    private static let targetLabels: Set<String> = ["job", "instance"]

    private static func faults(_ expression: String) -> [String] {
        let query = MetricsQuery(expression)
        var faults: [String] = []
        var labels = targetLabels
        for selector in query.selectors {
            guard let own = series[selector.metric] else {
                faults.append("no series is called \(selector.metric): \(expression)")
                continue
            }
            labels.formUnion(own)
            for (label, value) in selector.labels {
                if !own.union(targetLabels).contains(label) { faults.append("\(selector.metric) has no \(label)") }
                if let value, let allowed = values[label], !allowed.contains(value) {
                    faults.append("\(label) is never \(value): \(expression)")
                }
            }
        }
        for label in query.groupings.subtracting(labels) { faults.append("nothing has \(label): \(expression)") }
        return faults
    }

    // MARK: Files

    private struct Unreadable: Error {
        let path: String
    }

    /// A file of `deploy`; this file may be reached by a link, which is followed.
    private static func read(_ name: String) throws -> String {
        guard let resolved = realpath(#filePath, nil) else { throw Unreadable(path: #filePath) }
        defer { free(resolved) }
        let folders = String(cString: resolved).split(separator: "/").dropLast(4)
        let path = "/" + folders.joined(separator: "/") + "/" + name
        guard let file = fopen(path, "r") else { throw Unreadable(path: path) }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
        return String(decoding: bytes, as: UTF8.self)
    }
}
