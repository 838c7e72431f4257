import RelayModel

/// The beginning of what a server sent, fit for a log line.
enum Excerpt {
    /// Enough to recognize an answer by.
    static let maxBytes = 120

    /// The first bytes as text: what is not UTF-8 as U+FFFD, what a terminal could take for a command as `\u{…}`.
    static func of(_ bytes: some Collection<UInt8>) -> String {
        let text = TerminalText.escaped(String(decoding: bytes.prefix(maxBytes), as: UTF8.self))
        return bytes.count > maxBytes ? text + "…" : text
    }
}
