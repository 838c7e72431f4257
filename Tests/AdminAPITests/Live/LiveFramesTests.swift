import NIOCore
import RelayModel
import Testing

@testable import AdminAPI

@Suite struct LiveFramesTests {
    private static func frame(_ live: LiveEvent) -> String {
        String(decoding: LiveFrames.frame(WaitingEvent(live)), as: UTF8.self)
    }

    @Test(arguments: [
        ("{}", "{}"), ("{\n}", "{\ndata: }"), ("{\r}", "{\ndata: }"), ("{\r\n}", "{\ndata: }"),
        ("{\n\r}", "{\ndata: \ndata: }"), ("\n{}\r\n", "\ndata: {}\ndata: "),
        ("{\r\n\n\r\r\n}", "{\ndata: \ndata: \ndata: \ndata: }"),
        (#"{"a":"\n"}"#, #"{"a":"\n"}"#),
    ])
    func `each line of the JSON is a line of data`(data: String, lines: String) {
        let frame = Self.frame(Samples.live(1, data: data))
        #expect(frame.hasPrefix("id: evt_00000000000000000000000000000001\nevent: event\ndata: {\"id\":"))
        #expect(frame.hasSuffix("\"payment\":null,\"data\":\(lines)}\n\n"))
    }

    @Test func `a name cannot break out of its line`() {
        let frame = Self.frame(Samples.live(1, type: "a\nevent: skipped\r\n\r\ndata: x"))
        #expect(frame.split(separator: "\n", omittingEmptySubsequences: false).count == 5)
        #expect(frame.contains(#""type":"a\nevent: skipped\r\n\r\ndata: x""#))
        #expect(!frame.contains("\r"))
    }

    @Test func `an event past the limit is told without its bytes, and with how many they are`() {
        let whole = Self.frame(Samples.live(1, data: Samples.json(bytes: LiveBounds.eventBytes)))
        #expect(whole.utf8.count > LiveBounds.eventBytes)
        let long = String(repeating: "ä", count: 100_000)
        let cut = Self.frame(
            Samples.live(1, data: Samples.json(bytes: LiveBounds.eventBytes - 4), payment: "[12]  ", type: long))
        #expect(cut.utf8.count < 1000)
        #expect(cut.hasSuffix(#""destinations":["billing"],"size":262146,"omitted":true}"# + "\n\n"))
    }

    @Test func `a block has the first that fit, and one event whatever it takes`() {
        let small = (1...100).map { WaitingEvent(Samples.live($0, data: Samples.json(bytes: 10_000))) }
        let block = LiveFrames.block(small)
        #expect(block.count == 6)
        #expect(block.buffer.readableBytes <= LiveBounds.blockBytes)
        let text = String(buffer: block.buffer)
        #expect(text.hasPrefix("id: \(EventID(high: 0, low: 1))\n"))
        #expect(text.split(separator: "\n").filter { $0.hasPrefix("id:") }.last == "id: \(EventID(high: 0, low: 6))")
        let large = WaitingEvent(Samples.live(101, data: Samples.json(bytes: 200_000)))
        #expect(LiveFrames.block([large] + small).count == 1)
        #expect(LiveFrames.block(small.prefix(3) + [large]).count == 3)
        #expect(LiveFrames.block([]).count == 0)
    }

    @Test func `who missed events is told how many`() {
        #expect(String(buffer: LiveFrames.skipped(12)) == "event: skipped\ndata: {\"count\":12}\n\n")
    }
}
