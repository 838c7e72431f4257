import Foundation
import Glibc
import Synchronization
import Testing

/// The built relay on a terminal of its own, as a person has it before them.
final class Pseudoterminal: Sendable {
    private let master: CInt
    private let process: pid_t
    private let chunks: AsyncStream<[UInt8]>
    /// Its number may be another process' by then.
    private let isReaped = Mutex(false)

    // TIOCSPTLCK, TIOCGPTN and POSIX_SPAWN_SETSID, which Glibc's module leaves out.
    private static let setLock: UInt = 0x4004_5431
    private static let getNumber: UInt = 0x8004_5430
    private static let newSession: Int16 = 0x80

    /// The longest wait for output: a machine under load included.
    private static let patience: CInt = 20_000

    init(_ arguments: [String], columns: UInt16, rows: UInt16, environment: [String: String] = [:]) throws {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (locked, number): (CInt, CInt) = (0, 0)
        try #require(master >= 0, "errno \(errno)")
        let codes = (ioctl(master, Self.setLock, &locked), ioctl(master, Self.getNumber, &number))
        try #require(codes == (0, 0), "errno \(errno)")
        self.master = master
        Self.resize(master, columns: columns, rows: rows)
        let slave = "/dev/pts/\(number)"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        // The first terminal that the leader of a session opens becomes its own: Ctrl-C reaches the relay.
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, slave, O_RDWR, 0)
        posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, STDIN_FILENO, STDERR_FILENO)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Self.newSession)
        let own = ["TERM": "xterm-256color", "NO_COLOR": ""].merging(environment) { $1 }
        let variables = ProcessInfo.processInfo.environment.merging(own) { $1 }
        let words = ([try BuiltRelay.path] + arguments).map { strdup($0) }
        let settings = variables.map { strdup("\($0.key)=\($0.value)") }
        defer {
            for text in words + settings { free(text) }
        }
        var process = pid_t()
        let code = posix_spawn(&process, try BuiltRelay.path, &actions, &attributes, words + [nil], settings + [nil])
        try #require(code == 0, "errno \(code)")
        self.process = process
        let (chunks, sink) = AsyncStream.makeStream(of: [UInt8].self)
        self.chunks = chunks
        Thread { Self.read(master, sink) }.start()
    }

    /// Until the terminal is closed, or nothing comes for too long.
    private static func read(_ master: CInt, _ sink: AsyncStream<[UInt8]>.Continuation) {
        defer {
            sink.finish()
            close(master)
        }
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            var wanted = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&wanted, 1, patience) > 0 else { return }
            let count = Glibc.read(master, &buffer, buffer.count)
            guard count > 0 else { return }
            sink.yield(Array(buffer[..<count]))
        }
    }

    /// What is written to it until `text` has been, and that too.
    func output(until text: String) async throws -> String {
        var output: [UInt8] = []
        for await chunk in chunks {
            output += chunk
            let shown = String(decoding: output, as: UTF8.self)
            if shown.contains(text) { return shown }
        }
        let shown = String(decoding: output, as: UTF8.self)
        try #require(shown.contains(text), "\(text) never came: \(shown.debugDescription)")
        return shown
    }

    /// All that is still written to it, to the end of the process, and the exit status.
    func end() async -> (output: String, status: CInt) {
        var output: [UInt8] = []
        for await chunk in chunks { output += chunk }
        var status: CInt = 0
        // It has closed its terminal: what is left of it is its end.
        isReaped.withLock { isReaped in
            waitpid(process, &status, 0)
            isReaped = true
        }
        return (String(decoding: output, as: UTF8.self), status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F))
    }

    /// As if it was typed.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Glibc.write(master, bytes, bytes.count)
    }

    func send(_ signal: CInt) { kill(process, signal) }

    func resize(columns: UInt16, rows: UInt16) { Self.resize(master, columns: columns, rows: rows) }

    private static func resize(_ master: CInt, columns: UInt16, rows: UInt16) {
        var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    }

    deinit {
        guard !isReaped.withLock({ $0 }) else { return }
        kill(process, SIGKILL)
        waitpid(process, nil, 0)
    }
}
