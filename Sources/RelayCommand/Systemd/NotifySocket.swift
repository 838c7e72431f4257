import Glibc

/// The datagram socket on which systemd takes what a service tells of itself (sd_notify(3)).
struct NotifySocket: Sendable {
    private let address: sockaddr_un
    private let length: socklen_t

    /// The socket that `NOTIFY_SOCKET` names: an absolute path, or `@` and the name of an abstract socket.
    init(_ name: String) throws(NotifySocketError) {
        var bytes = Array(name.utf8)
        guard name.hasPrefix("/") || name.hasPrefix("@"), bytes.count > 1 else {
            throw .notAUnixSocket(name)
        }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        // A path keeps its closing zero byte.
        guard bytes.count < capacity else { throw .tooLong(bytes: bytes.count, allowed: capacity - 1) }
        // An abstract name begins with a zero byte and ends where the address does; a path ends at its zero byte.
        if name.hasPrefix("@") { bytes[0] = 0 } else { bytes.append(0) }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        self.address = address
        self.length = socklen_t(MemoryLayout<sockaddr_un>.size - capacity + bytes.count)
    }

    /// Sends one message; waits up to five seconds while systemd has no room for it.
    func send(_ message: String) throws(NotifySocketError) {
        let descriptor = socket(AF_UNIX, CInt(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .failed(errno) }
        defer { close(descriptor) }
        var wait = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        let bytes = Array(message.utf8)
        let sent = withUnsafePointer(to: address) { address in
            address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(descriptor, bytes, bytes.count, CInt(MSG_NOSIGNAL), address, length)
            }
        }
        guard sent == bytes.count else { throw .failed(errno) }
    }
}

/// Why systemd could not be told something.
enum NotifySocketError: Error, CustomStringConvertible {
    case notAUnixSocket(String)
    case tooLong(bytes: Int, allowed: Int)
    /// The system's error number.
    case failed(CInt)

    var description: String {
        switch self {
        case .notAUnixSocket(let name):
            "NOTIFY_SOCKET is \"\(name)\", which is neither an absolute path nor an abstract socket (@name)"
        case .tooLong(let bytes, let allowed):
            "NOTIFY_SOCKET has \(bytes) bytes, and a socket's name has at most \(allowed)"
        case .failed(let number):
            String(cString: strerror(number))
        }
    }
}
