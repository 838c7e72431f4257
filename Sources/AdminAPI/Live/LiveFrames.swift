import NIOCore
import RelayModel

/// The live events as a stream of server-sent events (WHATWG HTML, section 9.2).
enum LiveFrames {
    static let contentType = "text/event-stream"

    /// Begins every stream, so that a client sees at once that it is open.
    static let opening = ByteBuffer(string: ": the events as they are taken\nretry: 2000\n\n")
    /// Says that the stream is alive.
    static let comment = ByteBuffer(string: ":\n\n")

    static func skipped(_ count: Int) -> ByteBuffer {
        ByteBuffer(string: "event: skipped\ndata: {\"count\":\(count)}\n\n")
    }

    /// The first of `events` that `LiveBounds.blockBytes` has room for, at least one; and how many they are.
    static func block(_ events: [WaitingEvent]) -> (buffer: ByteBuffer, count: Int) {
        var buffer = ByteBuffer()
        var count = 0
        for event in events {
            let frame = frame(event)
            guard count == 0 || buffer.readableBytes + frame.count <= LiveBounds.blockBytes else { break }
            buffer.writeBytes(frame)
            count += 1
        }
        return (buffer, count)
    }

    static func frame(_ event: WaitingEvent) -> [UInt8] {
        var object = JSONObjectWriter()
        object.write(event.live, omitted: event.omitted)
        var frame = Array("id: \(event.live.event.id)\nevent: event\n".utf8)
        appendData(object.bytes, to: &frame)
        frame.append(lineFeed)
        return frame
    }

    /// A line break of JSON stands between its tokens: CR, LF or CRLF, it reaches the client as LF, and every other byte as it is.
    private static func appendData(_ json: [UInt8], to frame: inout [UInt8]) {
        var rest = json[...]
        while let end = rest.firstIndex(where: { $0 == lineFeed || $0 == carriageReturn }) {
            append(line: rest[..<end], to: &frame)
            let isPair = rest[end] == carriageReturn && rest.dropFirst(end + 1 - rest.startIndex).first == lineFeed
            rest = rest[(end + (isPair ? 2 : 1))...]
        }
        append(line: rest, to: &frame)
    }

    private static func append(line: ArraySlice<UInt8>, to frame: inout [UInt8]) {
        frame.append(contentsOf: "data: ".utf8)
        frame.append(contentsOf: line)
        frame.append(lineFeed)
    }

    private static let lineFeed = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
}
