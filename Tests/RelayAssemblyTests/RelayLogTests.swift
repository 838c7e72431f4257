import Logging
import RelayAssembly
import RelayConfig
import RelayModel
import Synchronization
import Testing

/// What log lines look like.
@Suite struct RelayLogTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private func lines(
        _ format: LogConfiguration.Format, level: LogConfiguration.Level = .info, _ log: (Logger) -> Void
    ) -> [String] {
        let lines = Lines()
        log(
            Logger(label: "test") { _ in
                RelayLogHandler(LogConfiguration(level: level, format: format)) { line in
                    lines.all.withLock { $0.append(line) }
                }
            })
        return lines.all.withLock { $0 }
    }

    @Test func `a text line has time, level, message and metadata in order`() throws {
        let line = try #require(
            lines(.text) { $0.notice("Feed is up", metadata: ["feed": "payments", "connection": "0", "a": "b c"]) }
                .first)
        let parts = line.split(separator: " ", maxSplits: 1)
        #expect(Timestamp(iso: String(parts[0])) != nil)
        #expect(parts[1] == #"notice   Feed is up a="b c" connection=0 feed=payments"#)
    }

    @Test func `whatever is logged stays on one line and cannot pass for another field`() throws {
        let hostile = "x\n2026 error fake=1 \u{1B}[31m\"="
        let text = lines(.text) { $0.info("\(hostile)", metadata: ["value": "\(hostile)", "empty": ""]) }
        #expect(text.count == 1)
        #expect(!text[0].contains("\n") && !text[0].contains("\u{1B}"))
        #expect(text[0].hasSuffix(#"empty="" value="x\n2026 error fake=1 \u001b[31m\"=""#))
    }

    @Test func `a JSON line is an object whose own keys metadata cannot replace`() throws {
        let line = try #require(
            lines(.json) { $0.error("It\nbroke", metadata: ["level": "fine", "reason": "a \"b\"", "n": "1"]) }.first)
        let document = try JSONParser(limits: .message).parse(Array(line.utf8))
        #expect(document.firstRepeatedKey(in: document.root) == nil)
        let values = document.members(document.root).map { (document.string($0.key), document.string($0.value)) }
        #expect(values.map(\.0) == ["time", "level", "message", "n", "reason"])
        #expect(values.dropFirst().map(\.1) == ["error", "It\nbroke", "1", "a \"b\""])
    }

    @Test func `levels below the configured one are left out`() {
        #expect(
            lines(.text, level: .warning) {
                $0.info("no"); $0.warning("yes"); $0.error("yes")
            }.count == 2)
        #expect(lines(.text, level: .trace) { $0.trace("yes") }.count == 1)
    }
}
