import RelayModel
import WebhookReceiver
import WebhookSigning

/// A received webhook as a block of lines for a person to read.
enum WebhookText {
    /// More of a body than this is cut: one screen's worth of lines, some pages of bytes.
    private static let maxLines = 200
    private static let maxBytes = 64 << 10

    /// Time, id, type and verdict on the first line, the signature's headers and the body below, and an empty line.
    static func block(_ webhook: ReceivedWebhook) -> String {
        let id = TerminalText.escaped(webhook.id ?? "(no webhook-id)")
        let type = TerminalText.escaped(webhook.type ?? "(no type)")
        var lines = ["\(webhook.receivedAt)  \(id)  \(type)  \(verdict(webhook))"]
        for header in webhook.headers where isOfSignature(header.name) {
            lines.append("  \(header.name): \(TerminalText.escaped(header.value))")
        }
        lines += body(webhook.body).map { "  " + $0 }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func verdict(_ webhook: ReceivedWebhook) -> String {
        switch webhook.verdict {
        case .verified: webhook.isRepeat ? "verified, a repeat" : "verified"
        case .refused(let fault): "NOT VERIFIED: \(TerminalText.escaped(fault.description))"
        }
    }

    private static func isOfSignature(_ name: String) -> Bool {
        ["webhook-timestamp", "webhook-signature", "stripe-signature", "x-hub-signature-256"].contains(name)
    }

    /// The lines of a body: JSON indented, anything else as it is, both without what a terminal would act on.
    static func body(_ bytes: [UInt8]) -> [String] {
        guard !bytes.isEmpty else { return ["(no body)"] }
        let isJSON = (try? JSONParser(limits: .message).parse(bytes)) != nil
        let shown = isJSON ? JSONIndenter.indented(bytes, limit: maxBytes) : Array(bytes.prefix(maxBytes))
        let isCut = isJSON ? shown.count >= maxBytes : bytes.count > maxBytes
        var lines = String(decoding: shown, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
            .map { TerminalText.escaped(String($0)) }
        if lines.count > maxLines || isCut {
            lines = Array(lines.prefix(maxLines)) + ["… (cut; the body has \(bytes.count) bytes)"]
        }
        return lines
    }
}

/// Lays out JSON over lines, by its bytes: numbers and strings stay as they are written.
enum JSONIndenter {
    /// `json`, which is valid, with a line for each member and element, until about `limit` bytes.
    static func indented(_ json: [UInt8], limit: Int) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(min(limit, json.count * 2))
        var depth = 0
        var isInString = false
        var isEscaped = false
        var previous: UInt8 = 0
        for byte in json {
            guard output.count < limit else { break }
            if isInString {
                output.append(byte)
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: " "), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\t"): continue
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth -= 1
                // An empty object or array stays on its line.
                if previous != byte - 2 { breakLine(depth, &output) }
                output.append(byte)
            default:
                if previous == UInt8(ascii: "{") || previous == UInt8(ascii: "[") { breakLine(depth, &output) }
                output.append(byte)
                switch byte {
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: ","): breakLine(depth, &output)
                case UInt8(ascii: ":"): output.append(UInt8(ascii: " "))
                case UInt8(ascii: "\""): isInString = true
                default: break
                }
            }
            previous = byte
        }
        return output
    }

    /// Levels past the 20th are not indented further: the text would be mostly spaces.
    private static func breakLine(_ depth: Int, _ output: inout [UInt8]) {
        output.append(UInt8(ascii: "\n"))
        output.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * min(depth, 20)))
    }
}
