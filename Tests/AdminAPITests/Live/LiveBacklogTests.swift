import NIOCore
import RelayModel
import Testing

@testable import AdminAPI

/// What is kept for followers, as a conversation.
@Suite struct LiveBacklogTests {
    private static func event(_ number: Int, bytes: Int = 10) -> WaitingEvent {
        WaitingEvent(Samples.live(number, data: Samples.json(bytes: bytes)))
    }

    private static func numbers(_ batch: LiveBacklog.Batch) -> [UInt64] { batch.events.map(\.live.event.id.low) }

    private static func block(_ bytes: Int) -> ByteBuffer { ByteBuffer(repeating: 0x78, count: bytes) }

    @Test func `what was added waits until it is told, oldest first`() {
        var backlog = LiveBacklog()
        #expect(!backlog.isWaiting)
        backlog.add([Self.event(1), Self.event(2)], published: 2)
        backlog.add([Self.event(3)], published: 1)
        #expect(backlog.isWaiting)
        #expect(Self.numbers(backlog.batch) == [1, 2, 3])
        #expect(backlog.batch.start == 0)
        backlog.append(Self.block(1), events: 0..<2)
        #expect(Self.numbers(backlog.batch) == [3])
        #expect(backlog.batch.start == 2)
        backlog.append(Self.block(1), events: 2..<3)
        #expect(!backlog.isWaiting)
        #expect(backlog.batch.events.isEmpty)
    }

    @Test func `too many events leave the newest`() {
        var backlog = LiveBacklog()
        for number in 1...3000 { backlog.add([Self.event(number)], published: 1) }
        #expect(Self.numbers(backlog.batch) == Array(953...3000))
        #expect(backlog.batch.start == 952)
    }

    @Test func `what gave way while it was rendered is told all the same, and takes nothing from what waits`() {
        var backlog = LiveBacklog()
        backlog.add([Self.event(1), Self.event(2)], published: 2)
        let batch = backlog.batch
        for number in 3...2049 { backlog.add([Self.event(number)], published: 1) }
        #expect(backlog.batch.start == 1)
        backlog.append(Self.block(1), events: batch.start..<batch.start + 2)
        #expect(Self.numbers(backlog.batch) == Array(3...2049))
    }

    @Test func `too many bytes leave the newest`() {
        var backlog = LiveBacklog()
        for number in 1...40 { backlog.add([Self.event(number, bytes: 200_000)], published: 1) }
        #expect(Self.numbers(backlog.batch) == Array(31...40))
        // What was told weighs nothing any longer.
        backlog.append(Self.block(1), events: 30..<40)
        for number in 41...50 { backlog.add([Self.event(number, bytes: 200_000)], published: 1) }
        #expect(Self.numbers(backlog.batch) == Array(41...50))
    }

    @Test func `a follower reads block by block, from where it came in`() {
        var backlog = LiveBacklog()
        var early = backlog.end
        backlog.add([Self.event(1), Self.event(2)], published: 2)
        backlog.append(Self.block(1), events: 0..<2)
        var late = backlog.end
        backlog.add([Self.event(3)], published: 1)
        backlog.append(Self.block(2), events: 2..<3)
        #expect(backlog.read(&early) == LiveNews(missed: 0, buffer: Self.block(1)))
        #expect(backlog.read(&early) == LiveNews(missed: 0, buffer: Self.block(2)))
        #expect(backlog.read(&early) == nil)
        #expect(backlog.read(&late) == LiveNews(missed: 0, buffer: Self.block(2)))
        #expect(!backlog.isNews(at: late))
        #expect(early == late)
    }

    @Test func `what a tick has no room for is missed by all`() {
        var backlog = LiveBacklog()
        var follower = backlog.end
        backlog.add([Self.event(7)], published: 7)
        backlog.append(Self.block(1), events: 6..<7)
        backlog.append(comment: Self.block(2))
        backlog.add([Self.event(9)], published: 2)
        backlog.append(Self.block(3), events: 8..<9)
        #expect(backlog.read(&follower) == LiveNews(missed: 6, buffer: Self.block(1)))
        #expect(backlog.read(&follower) == LiveNews(missed: 0, buffer: Self.block(2)))
        #expect(backlog.read(&follower) == LiveNews(missed: 1, buffer: Self.block(3)))
    }

    @Test func `who comes while events wait is told of them, and misses none`() {
        var backlog = LiveBacklog()
        backlog.add([Self.event(1)], published: 4)
        var follower = backlog.end
        backlog.append(Self.block(1), events: 3..<4)
        #expect(backlog.read(&follower) == LiveNews(missed: 0, buffer: Self.block(1)))
        backlog.append(Self.block(2), events: 4..<5)
        #expect(backlog.read(&follower) == LiveNews(missed: 0, buffer: Self.block(2)))
    }

    @Test(arguments: [(1, 300, 256), (100_000, 300, 10), (2 << 20, 3, 1)])
    func `who is behind misses the oldest blocks`(bytes: Int, count: Int, kept: Int) {
        var backlog = LiveBacklog()
        var follower = backlog.end
        for number in 0..<count { backlog.append(Self.block(bytes), events: number..<(number + 1)) }
        #expect(backlog.read(&follower)?.missed == count - kept)
        for _ in 1..<kept { #expect(backlog.read(&follower)?.missed == 0) }
        #expect(backlog.read(&follower) == nil)
    }

    @Test func `where nobody follows nothing is kept, and the counts go on`() {
        var backlog = LiveBacklog()
        var follower = backlog.end
        backlog.add([Self.event(1)], published: 1)
        backlog.append(Self.block(1), events: 0..<1)
        backlog.add([Self.event(2)], published: 1)
        backlog.clear()
        #expect(!backlog.isWaiting)
        #expect(backlog.read(&follower) == nil)
        var next = backlog.end
        backlog.add([Self.event(3)], published: 1)
        backlog.append(Self.block(3), events: 2..<3)
        #expect(backlog.read(&next) == LiveNews(missed: 0, buffer: Self.block(3)))
    }
}
