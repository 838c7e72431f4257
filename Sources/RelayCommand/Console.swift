import Glibc
import Synchronization

/// The program's standard streams.
///
/// Whole texts are written at a time, so lines of several tasks do not mix. Where the reader has gone (`| head`) writing does
/// nothing, and the program is not ended by SIGPIPE; any other failure is kept as `outputFault`.
enum Console {
    /// Writes `text` and a line break to standard output; false when it cannot be written.
    @discardableResult
    static func print(_ text: String) -> Bool {
        write(Array(text.utf8) + [UInt8(ascii: "\n")], to: STDOUT_FILENO)
    }

    /// Why something could not be written to standard output, a reader that has gone excepted; nil where all was.
    static var outputFault: String? { fault.withLock { $0 } }

    /// Writes `bytes` as they are to standard output; false when it cannot be written.
    @discardableResult
    static func write(_ bytes: [UInt8]) -> Bool {
        write(bytes, to: STDOUT_FILENO)
    }

    /// Writes `text` and a line break to standard error.
    static func error(_ text: String) {
        write(Array(text.utf8) + [UInt8(ascii: "\n")], to: STDERR_FILENO)
    }

    /// All of standard input; nil where it holds more than `limit` bytes or cannot be read.
    static func readAll(limit: Int) -> [UInt8]? {
        var input: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = buffer.withUnsafeMutableBytes { read(STDIN_FILENO, $0.baseAddress, $0.count) }
            if count == 0 { return input }
            if count < 0 {
                guard errno == EINTR else { return nil }
                continue
            }
            guard input.count + count <= limit else { return nil }
            input.append(contentsOf: buffer[..<count])
        }
    }

    private static let fault = Mutex<String?>(nil)
    private static let writing = Mutex(())
    private static let brokenPipesIgnored: Void = { signal(SIGPIPE, SIG_IGN) }()

    @discardableResult
    private static func write(_ bytes: [UInt8], to descriptor: CInt) -> Bool {
        brokenPipesIgnored
        return writing.withLock { _ in
            bytes.withUnsafeBytes { bytes in
                var written = 0
                while written < bytes.count {
                    let count = Glibc.write(
                        descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
                    if count >= 0 {
                        written += count
                    } else if errno == EAGAIN {
                        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                        poll(&wanted, 1, -1)
                    } else if errno != EINTR {
                        let code = errno
                        if descriptor == STDOUT_FILENO, code != EPIPE {
                            fault.withLock { $0 = $0 ?? String(cString: strerror(code)) }
                        }
                        return false
                    }
                }
                return true
            }
        }
    }
}
