import RelayModel

/// Takes what must not be shown out of a text.
struct Redaction: Sendable {
    /// What stands in place of it.
    static let mark = "[secret]"
    /// The shortest run of letters and digits in a server's words that may be a token or a part of a signed payment: longer than
    /// any word, shorter than 128 bits in base64 without padding.
    private static let suspicious = 20
    /// The shortest beginning of a token at the end of a text that was cut.
    private static let shortestPart = 4

    let secrets: [Secret]

    /// The text without any of the secrets, nor the beginning of one at its end.
    func of(_ text: String) -> String {
        var result = text
        for secret in secrets.map(\.revealed).sorted(by: { $0.utf8.count > $1.utf8.count }) where !secret.isEmpty {
            if result.contains(secret) { result = result.replacing(secret, with: Self.mark) }
            result = Self.withoutEnd(result, of: secret)
        }
        return result
    }

    private static func withoutEnd(_ text: String, of secret: String) -> String {
        let isCut = text.hasSuffix("…")
        let body = isCut ? text.dropLast() : text[...]
        var length = min(body.count, secret.count - 1)
        while length >= shortestPart {
            if body.hasSuffix(secret.prefix(length)) { return body.dropLast(length) + mark + (isCut ? "…" : "") }
            length -= 1
        }
        return text
    }

    /// A server's words without long runs of letters and digits, `+`, `/` and `=`: tokens and signed payments that are echoed.
    ///
    /// Words joined by `_` or `-`, as error codes are, stay.
    ///
    /// `known` are what is public and may stay, such as addresses on the chain.
    static func foreign(_ text: String, keeping known: [String] = []) -> String {
        var result = String.UnicodeScalarView()
        var run = String.UnicodeScalarView()
        func flush() {
            let isHidden = run.count >= suspicious && !known.contains(String(run))
            result.append(contentsOf: isHidden ? mark.unicodeScalars : run)
            run.removeAll()
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "a"..."z", "A"..."Z", "0"..."9", "+", "/", "=": run.append(scalar)
            default:
                flush()
                result.append(scalar)
            }
        }
        flush()
        return String(result)
    }
}
