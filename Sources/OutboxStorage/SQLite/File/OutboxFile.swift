import Glibc

/// The outbox's file before SQLite sees it.
enum OutboxFile {
    /// What the group and all others may do.
    private static let othersMode: mode_t = 0o077

    /// Makes the file with mode 0600, and its folder with 0700, where they are missing; returns the path without symbolic
    /// links, so that one file has one lock however it is named.
    ///
    /// SQLite gives the `-wal` and `-shm` files the mode of this one.
    static func prepare(_ path: String) throws(OutboxError) -> String {
        let folder = self.folder(of: path)
        let code = mkdir(folder, 0o700) == 0 ? 0 : errno
        if code != 0, code != EEXIST, !isFolder(folder) {
            throw OutboxError(
                kind: code == ENOENT ? .failed : .readOnly,
                reason: "the folder \(folder) of the outbox cannot be made: \(text(code)). Make it, writable for this "
                    + "user, or name another outbox.path")
        }
        // Closed before SQLite opens the file: closing any descriptor of it drops the locks that SQLite holds.
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw cannotOpen(path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw cannotOpen(path, errno) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw OutboxError(
                kind: .failed, reason: "the outbox \(path) is no regular file: name another outbox.path")
        }
        // Tokens and signed payments are kept in it. A failure leaves the mode to its owner.
        if status.st_mode & othersMode != 0 { fchmod(descriptor, 0o600) }
        guard let resolved = realpath(path, nil) else { throw cannotOpen(path, errno) }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The path of a file that exists, without symbolic links.
    static func existing(_ path: String) throws(OutboxError) -> String {
        guard let resolved = realpath(path, nil) else {
            let code = errno
            throw OutboxError(
                kind: .failed,
                reason: code == ENOENT || code == ENOTDIR
                    ? "there is no outbox \(path): the relay makes it when it runs; else name another outbox.path"
                    : "the outbox \(path) cannot be opened: \(text(code)). Give this user the right to read it")
        }
        defer { free(resolved) }
        let existing = String(cString: resolved)
        var status = stat()
        guard stat(existing, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw OutboxError(
                kind: .failed, reason: "the outbox \(path) is no regular file: name another outbox.path")
        }
        return existing
    }

    private static func cannotOpen(_ path: String, _ code: CInt) -> OutboxError {
        switch code {
        case EACCES, EROFS, EPERM: .readOnly(path, text(code))
        case ENOSPC, EDQUOT:
            OutboxError(kind: .full, reason: "no room for the outbox \(path): \(text(code)). Make room on its disk")
        default:
            OutboxError(
                kind: .failed, reason: "the outbox \(path) cannot be opened: \(text(code)). Name another outbox.path")
        }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func text(_ code: CInt) -> String {
        strerror(code).map { String(cString: $0) } ?? "error \(code)"
    }
}
