import Glibc

/// Keeps a second relay off an outbox: flock(2) on a file beside it, which the kernel drops when the process ends, however.
///
/// Not on the database itself: SQLite's own locks there are another kind, and closing a descriptor would drop them. The file
/// holds the process id of the last holder and is never deleted: two relays could then lock two files of one name.
final class OutboxLock {
    private let descriptor: CInt

    /// Takes the lock of the outbox at `path`, or says who holds it.
    init(beside path: String) throws(OutboxError) {
        let lockPath = path + ".lock"
        descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .readOnly(path, "\(lockPath): \(OutboxFile.text(errno))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            let holder = Self.holder(descriptor)
            close(descriptor)
            guard code == EWOULDBLOCK else {
                throw OutboxError(
                    kind: .failed,
                    reason: "\(lockPath) cannot be locked: \(OutboxFile.text(code)). Put the outbox on a local disk")
            }
            throw OutboxError(
                kind: .locked,
                reason: "the outbox \(path) is in use by another x402-relay\(holder): end it first, or name another "
                    + "outbox.path")
        }
        let text = Array("\(getpid())\n".utf8)
        // Only for the message above: that it cannot be written (a full disk) is no reason not to run.
        if ftruncate(descriptor, 0) == 0 { _ = pwrite(descriptor, text, text.count, 0) }
    }

    deinit {
        close(descriptor)
    }

    private static func holder(_ descriptor: CInt) -> String {
        var buffer = [UInt8](repeating: 0, count: 20)
        let count = pread(descriptor, &buffer, buffer.count, 0)
        guard count > 0, let pid = Int(String(decoding: buffer[..<count].prefix { $0 != 10 }, as: UTF8.self)) else {
            return ""
        }
        return " (process \(pid))"
    }
}
