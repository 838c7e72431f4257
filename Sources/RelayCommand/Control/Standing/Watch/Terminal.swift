import Glibc

/// What a command's output is shown on.
struct Terminal {
    struct Size: Hashable {
        let columns: Int
        let rows: Int
    }

    /// Nil where the output is no terminal.
    let size: Size?
    let isColoured: Bool
    /// Knows how to move its cursor.
    let isScreen: Bool

    /// What a terminal has that does not tell its size: a serial line, some containers.
    static let usualSize = Size(columns: 80, rows: 24)

    /// - Parameter size: the output's; nil where it is no terminal.
    init(size: Size?, environment: (String) -> String?) {
        self.size = size
        isScreen = size != nil && environment("TERM") != "dumb"
        // https://no-color.org: present and not empty.
        isColoured = isScreen && (environment("NO_COLOR") ?? "").isEmpty
    }

    /// Standard output as it is now.
    static var output: Terminal {
        Terminal(size: isatty(STDOUT_FILENO) == 1 ? outputSize : nil) { name in
            getenv(name).map { String(cString: $0) }
        }
    }

    private static var outputSize: Size {
        var found = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &found) == 0, found.ws_col > 0, found.ws_row > 0 else {
            return usualSize
        }
        return Size(columns: Int(found.ws_col), rows: Int(found.ws_row))
    }
}
