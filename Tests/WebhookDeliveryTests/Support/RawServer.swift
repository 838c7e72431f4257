import Glibc
import Synchronization

@testable import WebhookDelivery

/// A TCP server on loopback that plays a script on every connection, byte for byte.
///
/// Each connection has a thread of its own, so a script may wait for its client.
final class RawServer: Sendable {
    let port: Int
    private let listener: Int32
    private let requests = Mutex<[RawRequest]>([])
    private let connections = Mutex(0)
    private let script: @Sendable (RawConnection, Int) -> Void

    /// `script` gets each connection and its number, from 0.
    ///
    /// A server that is not open refuses connections at its port until `open`.
    init(isOpen: Bool = true, _ script: @escaping @Sendable (RawConnection, Int) -> Void) {
        (listener, port) = Self.bind()
        self.script = script
        if isOpen { open() }
    }

    /// Begins to take connections; once.
    func open() {
        precondition(Glibc.listen(listener, 128) == 0)
        startThread(named: "raw-server") { [self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else {
                    // Not in `stop`: a server that takes the number over would lose its connections to this thread.
                    close(listener)
                    return
                }
                let number = connections.withLock { count in
                    count += 1
                    return count - 1
                }
                startThread(named: "raw-connection") { [self] in
                    let connection = RawConnection(descriptor) { request in
                        self.requests.withLock { $0.append(request) }
                    }
                    script(connection, number)
                    connection.close()
                }
            }
        }
    }

    /// Answers each request of a connection with the same bytes until the client closes.
    static func answering(_ answer: String) -> RawServer {
        RawServer { connection, _ in
            while connection.readRequest() != nil { connection.write(answer) }
        }
    }

    func stop() {
        // Wakes the thread that accepts, which then closes.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    var received: [RawRequest] { requests.withLock { $0 } }
    var connectionCount: Int { connections.withLock { $0 } }
    var url: String { "http://127.0.0.1:\(port)/hook" }

    /// A port on which nothing listens.
    static func closedPort() -> Int {
        let (descriptor, port) = bind()
        close(descriptor)
        return port
    }

    private static func bind() -> (Int32, Int) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        precondition(descriptor >= 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
                precondition(Glibc.bind(descriptor, generic, length) == 0)
                precondition(getsockname(descriptor, generic, &length) == 0)
            }
        }
        return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
    }
}

/// One request as it came.
struct RawRequest: Sendable {
    var head: [String]
    var body: [UInt8]

    /// Method, target and version.
    var line: String { head.first ?? "" }

    /// The values of all headers of this name.
    func header(_ name: String) -> [String] {
        head.dropFirst().compactMap { line in
            guard let colon = line.firstIndex(of: ":"), line[..<colon].lowercased() == name else { return nil }
            return String(line[line.index(after: colon)...].drop { $0 == " " })
        }
    }
}

/// The server's side of a connection; used by its script alone.
final class RawConnection {
    private var descriptor: Int32
    private var buffer: [UInt8] = []
    private let note: (RawRequest) -> Void

    init(_ descriptor: Int32, note: @escaping (RawRequest) -> Void) {
        self.descriptor = descriptor
        self.note = note
    }

    /// The next request with its body; nil when the client closed.
    func readRequest() -> RawRequest? {
        while true {
            if let request = takeRequest() {
                note(request)
                return request
            }
            guard readMore() else { return nil }
        }
    }

    private func takeRequest() -> RawRequest? {
        let ending: [UInt8] = [13, 10, 13, 10]
        guard let end = buffer.indices.first(where: { buffer[$0...].starts(with: ending) }) else { return nil }
        let head = String(decoding: buffer[..<end], as: UTF8.self)
        var request = RawRequest(head: head.split(separator: "\r\n").map(String.init), body: [])
        let length = request.header("content-length").first.flatMap { Int($0) } ?? 0
        guard buffer.count >= end + 4 + length else { return nil }
        request.body = Array(buffer[end + 4..<end + 4 + length])
        buffer.removeFirst(end + 4 + length)
        return request
    }

    private func readMore() -> Bool {
        var piece = [UInt8](repeating: 0, count: 65536)
        let count = read(descriptor, &piece, piece.count)
        guard count > 0 else { return false }
        buffer += piece[..<count]
        return true
    }

    /// Reads whatever comes first.
    func readSome() { _ = readMore() }

    /// Returns whether the client still takes bytes.
    @discardableResult
    func write(_ text: String) -> Bool { write(Array(text.utf8)) }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Waits until the client closes.
    func waitForClose() {
        while readMore() { buffer = [] }
    }

    /// Ends the connection with RST.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    func close() {
        guard descriptor >= 0 else { return }
        Glibc.close(descriptor)
        descriptor = -1
    }

    /// Relays bytes between this client and `port` on loopback until either closes.
    func tunnel(toPort port: Int) {
        let target = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        defer { Glibc.close(target) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = UInt16(port).bigEndian
        let code = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(target, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard code == 0 else { return }
        var piece = [UInt8](repeating: 0, count: 65536)
        while true {
            var watched = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: target, events: Int16(POLLIN), revents: 0),
            ]
            guard poll(&watched, 2, -1) > 0 else { return }
            for (index, (from, to)) in [(descriptor, target), (target, descriptor)].enumerated()
            where watched[index].revents != 0 {
                let count = read(from, &piece, piece.count)
                guard count > 0, send(to, piece, count, Int32(MSG_NOSIGNAL)) == count else { return }
            }
        }
    }
}
