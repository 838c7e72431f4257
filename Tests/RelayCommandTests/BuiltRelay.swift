import Foundation
import Synchronization
import Testing

/// The built binary, as a user runs it.
struct BuiltRelay {
    /// What a command printed, and how it ended.
    struct Result {
        let status: Int32
        let output: String
        let error: String
    }

    /// Beside the test bundle, where `swift build` puts both.
    static var path: String {
        get throws {
            let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            let path = bundle.appendingPathComponent("x402-relay").path
            try #require(
                FileManager.default.isExecutableFile(atPath: path), "no binary at \(path): swift build makes it")
            return path
        }
    }

    /// Runs a command to its end, `input` on its standard input.
    static func run(_ arguments: [String], input: String = "", environment: [String: String] = [:]) async throws
        -> Result
    {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try path)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { _, own in own }
        let (standardInput, output, error) = (Pipe(), Pipe(), Pipe())
        (process.standardInput, process.standardOutput, process.standardError) = (standardInput, output, error)
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { end.yield($0.terminationStatus) }
        try process.run()
        // Less than a pipe holds, so this cannot block.
        try standardInput.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try standardInput.fileHandleForWriting.close()
        async let outputBytes = Self.readAll(output)
        async let errorBytes = Self.readAll(error)
        let (outputText, errorText) = await (
            String(decoding: outputBytes, as: UTF8.self), String(decoding: errorBytes, as: UTF8.self)
        )
        let status = await ends.first { _ in true }
        return Result(status: try #require(status), output: outputText, error: errorText)
    }

    private static func readAll(_ pipe: Pipe) async -> Data {
        await withCheckedContinuation { continuation in
            Thread { continuation.resume(returning: (try? pipe.fileHandleForReading.readToEnd()) ?? Data()) }.start()
        }
    }
}

/// `x402-relay run` in a process of its own, to be killed or stopped.
final class RunningRelay: Sendable {
    private let process: Process
    private let ends: AsyncStream<Int32>
    private let log: URL

    init(configuration: URL, log: URL) throws {
        self.log = log
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try BuiltRelay.path)
        process.arguments = ["run", "--config", configuration.path]
        if !FileManager.default.fileExists(atPath: log.path) { try Data().write(to: log) }
        let handle = try FileHandle(forWritingTo: log)
        try handle.seekToEnd()
        process.standardError = handle
        process.standardOutput = handle
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { ended in
            end.yield(ended.terminationStatus)
            end.finish()
        }
        try process.run()
        (self.process, self.ends) = (process, ends)
    }

    /// Waits, ten seconds at most, until the log has a line with `text`.
    func waitForLog(_ text: String) async throws {
        // The relay's own log is followed as an operator would follow it.
        let follow = Process()
        follow.executableURL = URL(fileURLWithPath: "/bin/sh")
        follow.arguments = ["-c", "timeout 10 tail -n +1 -F '\(log.path)' 2>/dev/null | grep -m 1 -q -- '\(text)'"]
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        follow.terminationHandler = { end.yield($0.terminationStatus) }
        try follow.run()
        let status = await ends.first { _ in true }
        try #require(status == 0, "the log never said \(text)")
    }

    /// Sends a signal and waits for the end; returns the exit status, or the signal that ended it.
    func end(by signal: Int32) async throws -> Int32 {
        kill(process.processIdentifier, signal)
        return try #require(await ends.first { _ in true })
    }
}

/// A folder that goes with the test.
final class TemporaryFolder: Sendable {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("x402-relay-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Writes `text` into a file of this name.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> URL {
        let file = url.appendingPathComponent(name)
        try Data(text.utf8).write(to: file)
        return file
    }
}
