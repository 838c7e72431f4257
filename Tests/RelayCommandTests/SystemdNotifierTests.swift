import Foundation
import Logging
import Synchronization
import Testing

@testable import RelayCommand

/// What systemd is told, over a real datagram socket.
@Suite struct SystemdNotifierTests {
    private func notifier(
        _ variables: [String: String], isAlive: @escaping @Sendable () async -> Bool = { true },
        onLog: @escaping @Sendable (String) -> Void = { _ in }
    ) -> SystemdNotifier {
        SystemdNotifier(
            logger: Logger(label: "test", factory: { _ in LogTap(onLog: onLog) }), processID: 77,
            variable: { variables[$0] }, isAlive: isAlive)
    }

    @Test func `readiness, a reload and the stop arrive in order`() async throws {
        let folder = try TemporaryFolder()
        let systemd = try NotificationReceiver(path: folder.url.path + "/notify")
        let notifier = notifier(["NOTIFY_SOCKET": systemd.name])
        notifier.ready()
        notifier.reloading()
        notifier.ready()
        notifier.stopping()
        #expect(try await systemd.next() == "READY=1")
        let reloading = try await systemd.next().split(separator: "\n")
        #expect(reloading.first == "RELOADING=1")
        let time = try #require(reloading.last?.split(separator: "=").last.flatMap { UInt64($0) })
        #expect(reloading.last == "MONOTONIC_USEC=\(time)")
        // The clock since the boot, in microseconds: behind now, and no more than a minute.
        let now = DispatchTime.now().uptimeNanoseconds / 1000
        #expect(time <= now && now - time < 60_000_000)
        #expect(try await systemd.next() == "READY=1")
        #expect(try await systemd.next() == "STOPPING=1")
    }

    @Test func `an abstract socket is told as well`() async throws {
        let systemd = try NotificationReceiver(abstract: "x402-relay-test-\(UUID().uuidString)")
        notifier(["NOTIFY_SOCKET": systemd.name]).ready()
        #expect(try await systemd.next() == "READY=1")
    }

    @Test func `the watchdog is pinged only after the relay has answered itself`() async throws {
        let folder = try TemporaryFolder()
        let systemd = try NotificationReceiver(path: folder.url.path + "/notify")
        let asked = Mutex(0)
        let (stops, stop) = AsyncStream.makeStream(of: Void.self)
        let notifier = notifier(["NOTIFY_SOCKET": systemd.name, "WATCHDOG_USEC": "2000", "WATCHDOG_PID": "77"]) {
            asked.withLock { asked in
                asked += 1
                return asked > 3
            }
        }
        async let end: Void = notifier.run { for await _ in stops { break } }
        #expect(try await systemd.next() == "WATCHDOG=1")
        #expect(asked.withLock { $0 } > 3)
        #expect(try await systemd.next() == "WATCHDOG=1")
        stop.yield()
        await end
        // The stop is told once, by who stops: the end of the pings says nothing.
        notifier.stopping()
        var last = try await systemd.next()
        while last == "WATCHDOG=1" { last = try await systemd.next() }
        #expect(last == "STOPPING=1")
        notifier.ready()
        #expect(try await systemd.next() == "READY=1")
    }

    @Test func `a relay that never answers itself is not pinged for, and can stop`() async throws {
        let folder = try TemporaryFolder()
        let systemd = try NotificationReceiver(path: folder.url.path + "/notify")
        let (asked, ask) = AsyncStream.makeStream(of: Void.self)
        let (answers, answer) = AsyncStream.makeStream(of: Void.self)
        let notifier = notifier(["NOTIFY_SOCKET": systemd.name, "WATCHDOG_USEC": "2"]) {
            ask.yield()
            // Cancelling does not reach it, as it would not reach a thread that hangs.
            await Task { for await _ in answers { break } }.value
            return true
        }
        await notifier.run { for await _ in asked { break } }
        notifier.ready()
        #expect(try await systemd.next() == "READY=1")
        answer.finish()
    }

    @Test(
        arguments: [
            (microseconds: nil, process: nil, interval: nil),
            ("60000000", nil, Duration.seconds(30)),
            ("60000000", "77", .seconds(30)),
            ("60000000", "78", nil),
            ("60000000", "", nil),
            ("1", nil, .microseconds(1)),
            ("0", nil, nil),
            ("-5", nil, nil),
            ("soon", nil, nil),
        ] as [(microseconds: String?, process: String?, interval: Duration?)])
    func `the watchdog is pinged at half its time, where it is ours`(
        _ sample: (microseconds: String?, process: String?, interval: Duration?)
    ) {
        let interval = SystemdNotifier.pingInterval(
            microseconds: sample.microseconds, watchedProcess: sample.process, processID: 77)
        #expect(interval == sample.interval)
    }

    @Test(arguments: [nil, "", "vsock:2:1234", "relative", "/" + String(repeating: "n", count: 200), "/none/notify"])
    func `without systemd, or with none that listens, the relay goes on`(_ name: String?) async {
        let notifier = notifier(["WATCHDOG_USEC": "2"].merging(name.map { ["NOTIFY_SOCKET": $0] } ?? [:]) { $1 })
        notifier.ready()
        await notifier.run {}
    }

    @Test func `what cannot be sent is logged once, and what comes after it arrives`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.url.path + "/notify"
        let (lines, line) = AsyncStream.makeStream(of: String.self)
        let notifier = notifier(["NOTIFY_SOCKET": path], onLog: { line.yield($0) })
        notifier.ready()
        #expect(await lines.first { _ in true } == "systemd is not notified: No such file or directory")
        let systemd = try NotificationReceiver(path: path)
        notifier.reloading()
        #expect(try await systemd.next().hasPrefix("RELOADING=1"))
    }
}

/// Hands on each line of a log.
private struct LogTap: LogHandler {
    let onLog: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        onLog("\(event.message): \(event.metadata?["reason"].map { "\($0)" } ?? "")")
    }
}

/// The place of systemd: a datagram socket, and what arrives on it.
private final class NotificationReceiver: Sendable {
    /// What `NOTIFY_SOCKET` is set to.
    let name: String
    private let descriptor: CInt

    convenience init(path: String) throws {
        try self.init(name: path, bytes: Array(path.utf8) + [0])
    }

    convenience init(abstract name: String) throws {
        try self.init(name: "@" + name, bytes: [0] + Array(name.utf8))
    }

    private init(name: String, bytes: [UInt8]) throws {
        self.name = name
        descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue), 0)
        // A message that never comes fails the test and does not hang it.
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let status = withUnsafePointer(to: address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sa_family_t>.size + bytes.count))
            }
        }
        try #require(status == 0, "\(name): \(String(cString: strerror(errno)))")
    }

    deinit { close(descriptor) }

    /// The next message.
    func next() async throws -> String {
        let message = await withCheckedContinuation { (continuation: CheckedContinuation<[UInt8], Never>) in
            let descriptor = descriptor
            Thread {
                var buffer = [UInt8](repeating: 0, count: 8192)
                let count = recv(descriptor, &buffer, buffer.count, 0)
                continuation.resume(returning: Array(buffer.prefix(max(count, 0))))
            }.start()
        }
        try #require(!message.isEmpty, "no message within ten seconds")
        return String(decoding: message, as: UTF8.self)
    }
}
