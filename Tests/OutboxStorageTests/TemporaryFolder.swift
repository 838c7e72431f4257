import FoundationEssentials

/// A folder that goes with its owner, and all that is in it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = "/tmp/outbox-test-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    func path(_ name: String) -> String { path + "/" + name }
}
