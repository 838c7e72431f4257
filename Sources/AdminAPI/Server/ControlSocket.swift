import Glibc

/// The control socket's file: a Unix socket beside the outbox that only its owner may use.
struct ControlSocket {
    /// Linux's `sockaddr_un` has 108 bytes with the zero at the end.
    static let maxPathBytes = 107

    /// Bound and listening.
    let descriptor: CInt
    private let path: String

    /// Whether somebody listens on a path.
    enum Presence: Equatable {
        case listening, nobody, noFile
        case failed(CInt)
    }

    /// Binds `path`, where nobody listens yet: a socket that a crash left there is removed, any other file stays.
    static func bind(_ path: String) throws(AdminServerFault) -> ControlSocket {
        guard path.utf8.count <= maxPathBytes else {
            throw fault(
                path,
                "the path has \(path.utf8.count) bytes, a socket's may have \(maxPathBytes); choose a shorter "
                    + "outbox.path")
        }
        try removeLeftover(path)
        let descriptor = socket(AF_UNIX, streamType, 0)
        guard descriptor >= 0 else { throw fault(path, ErrorText.of(errno)) }
        do throws(AdminServerFault) {
            // Nobody can connect before listen, so there is no moment in which others could, whatever the umask says. (A umask
            // would be the whole process's, and other threads create files.)
            guard withAddress(path, { Glibc.bind(descriptor, $0, $1) }) == 0 else { throw bindFault(path, errno) }
            guard chmod(path, 0o600) == 0, listen(descriptor, backlog) == 0 else {
                let code = errno
                unlink(path)
                throw fault(path, ErrorText.of(code))
            }
            return ControlSocket(descriptor: descriptor, path: path)
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Removes the file: it is this relay's, which holds the outbox's lock for longer than it serves.
    func remove() {
        unlink(path)
    }

    /// Asks by connecting, and says nothing.
    static func presence(_ path: String) -> Presence {
        // A relay could not have bound it.
        guard path.utf8.count <= maxPathBytes else { return .noFile }
        let descriptor = socket(AF_UNIX, streamType, 0)
        guard descriptor >= 0 else { return .failed(errno) }
        defer { close(descriptor) }
        guard withAddress(path, { connect(descriptor, $0, $1) }) != 0 else { return .listening }
        return switch errno {
        // EAGAIN: the queue of those who connect is full, so there is one who listens.
        case EAGAIN, EINPROGRESS: .listening
        case ECONNREFUSED: .nobody
        case ENOENT, ENOTDIR: .noFile
        case let code: .failed(code)
        }
    }

    private static let streamType = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
    private static let backlog: CInt = 128

    private static func removeLeftover(_ path: String) throws(AdminServerFault) {
        // A socket is what cannot be opened for this reason (open(2), ENXIO). A FIFO opens at once.
        let file = open(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC)
        let code = errno
        if file >= 0 { close(file) }
        switch (file, code) {
        case (-1, ENXIO): break
        case (-1, ENOENT): return
        case (-1, let code) where code != ELOOP: throw bindFault(path, code)
        default:
            throw fault(path, "a file that is no socket has this name; move it away, or choose another outbox.path")
        }
        switch presence(path) {
        case .noFile: return
        case .nobody:
            guard unlink(path) == 0 else { throw bindFault(path, errno) }
        case .listening:
            throw fault(path, "another relay listens there; stop it, or choose another outbox.path")
        case .failed(let code):
            throw fault(path, "who listens there cannot be found out: \(ErrorText.of(code))")
        }
    }

    private static func bindFault(_ path: String, _ code: CInt) -> AdminServerFault {
        switch code {
        case EACCES, EPERM, EROFS:
            let folder = path.lastIndex(of: "/").map { path[..<$0] } ?? "."
            return fault(
                path,
                "no permission to write in the folder \(folder); let the relay's user write there, or choose another "
                    + "outbox.path")
        case ENOENT, ENOTDIR: return fault(path, "its folder does not exist; create it, or choose another outbox.path")
        default: return fault(path, ErrorText.of(code))
        }
    }

    private static func fault(_ path: String, _ reason: String) -> AdminServerFault {
        AdminServerFault("cannot make the control socket \(path): \(reason)")
    }

    private static func withAddress<Result>(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
    }
}
