import ArgumentParser
import Glibc

/// A folder of this user alone (mode 0700) that holds a demonstration's configuration and outbox while it runs.
struct DemoFolder {
    let path: String

    /// Makes the folder under `TMPDIR`, or `/tmp`.
    init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(parent)/x402-relay-demo-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            Console.error("demo: no folder can be made in \(parent): \(String(cString: strerror(errno)))")
            throw ExitCode.failure
        }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Writes the demonstration's configuration, for this user alone to read; returns its path.
    func write(_ configuration: DemoConfiguration) throws -> String {
        let file = path + "/relay.json"
        let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        let bytes = Array(configuration.text.utf8)
        guard descriptor >= 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count, close(descriptor) == 0 else {
            Console.error("demo: \(file) cannot be written: \(String(cString: strerror(errno)))")
            throw ExitCode.failure
        }
        return file
    }

    /// Removes the folder and the files in it; there are no folders in it.
    func remove() {
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { unlink(path + "/" + name) }
        }
        closedir(folder)
        rmdir(path)
    }
}
