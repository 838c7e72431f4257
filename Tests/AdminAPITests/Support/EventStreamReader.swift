import Glibc

/// Reads an answer of HTTP/1.1 in chunks, and in it server-sent events, as a browser would (WHATWG HTML, section 9.2.6).
struct EventStreamReader {
    struct Message: Equatable {
        var id = ""
        var event = ""
        var data = ""
    }

    /// Status line and headers in lower case; nil until they are whole.
    private(set) var head: String?
    private(set) var messages: [Message] = []
    private(set) var comments = 0
    private(set) var retry: String?
    /// The last chunk came.
    private(set) var isWhole = false
    /// Something came that is neither a chunk nor a field of an event.
    private(set) var fault: String?

    private var raw: [UInt8] = []
    private var rest: [UInt8] = []
    private var id = ""
    private var event = ""
    private var lines: [String] = []

    mutating func take(_ bytes: some Sequence<UInt8>) {
        raw.append(contentsOf: bytes)
        if head == nil {
            guard let end = Self.find("\r\n\r\n", raw, from: 0) else { return }
            head = String(decoding: raw[..<end], as: UTF8.self).lowercased()
            raw.removeSubrange(..<(end + 4))
        }
        var next = 0
        while !isWhole, let end = Self.find("\r\n", raw, from: next) {
            guard let size = Int(String(decoding: raw[next..<end], as: UTF8.self), radix: 16) else {
                fault = "no chunk"
                return
            }
            guard raw.count >= end + 2 + size + 2 else { break }
            takeChunk(raw[(end + 2)..<(end + 2 + size)])
            isWhole = size == 0
            next = end + 2 + size + 2
        }
        raw.removeSubrange(..<next)
    }

    private mutating func takeChunk(_ chunk: ArraySlice<UInt8>) {
        rest.append(contentsOf: chunk)
        var next = 0
        while let end = Self.find("\n", rest, from: next) {
            // A carriage return ends a line too.
            let text = String(decoding: rest[next..<end], as: UTF8.self)
            for line in text.unicodeScalars.split(separator: "\r", omittingEmptySubsequences: false) {
                takeLine(String(line))
            }
            next = end + 1
        }
        rest.removeSubrange(..<next)
    }

    private mutating func takeLine(_ line: String) {
        guard !line.isEmpty else {
            if !lines.isEmpty { messages.append(Message(id: id, event: event, data: lines.joined(separator: "\n"))) }
            (event, lines) = ("", [])
            return
        }
        if line.hasPrefix(":") { return comments += 1 }
        let colon = line.firstIndex(of: ":") ?? line.endIndex
        var value = line[colon...].dropFirst()
        if value.first == " " { value = value.dropFirst() }
        switch line[..<colon] {
        case "id": id = String(value)
        case "event": event = String(value)
        case "data": lines.append(String(value))
        case "retry": retry = String(value)
        default: fault = "no field: \(line.prefix(80))"
        }
    }

    private static func find(_ text: String, _ bytes: [UInt8], from start: Int) -> Int? {
        let wanted = Array(text.utf8)
        return bytes.withUnsafeBytes { buffer in
            var start = start
            // A loop over millions of bytes would take seconds in a debug build.
            while let base = buffer.baseAddress, buffer.count - start >= wanted.count,
                let found = memchr(base + start, CInt(wanted[0]), buffer.count - start)
            {
                let index = UnsafeRawPointer(found) - base
                if buffer[index...].starts(with: wanted) { return index }
                start = index + 1
            }
            return nil
        }
    }
}
