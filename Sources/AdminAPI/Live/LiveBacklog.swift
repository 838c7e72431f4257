import NIOCore

/// What was published and is not told yet, and what was told last: bounded, whoever follows.
///
/// Events are counted from the first on. A follower knows how many it was told of or told to have missed, so what it misses is
/// the hole between that and the next block, wherever the events were lost.
struct LiveBacklog {
    /// How far a follower has come.
    struct Position: Equatable {
        /// The next block, counted from the first ever.
        var block: Int
        /// Events that it knows of.
        var events: Int
    }

    /// Events that were published but not told yet, oldest first.
    struct Batch {
        var events: [WaitingEvent]
        /// How many were published before its first one.
        var start: Int
    }

    private struct Block {
        /// Events published before its first one, and up to its last one.
        let events: Range<Int>
        let buffer: ByteBuffer
    }

    private var published = 0
    private var waiting: [WaitingEvent] = []
    private var waitingBytes = 0
    private var blocks: [Block] = []
    private var blockBytes = 0
    /// The first of `blocks`, counted from the first ever.
    private var firstBlock = 0

    /// Where a follower begins that comes now.
    var end: Position { Position(block: firstBlock + blocks.count, events: published) }

    var isWaiting: Bool { !waiting.isEmpty }

    /// The oldest give way: a person wants to see what happens now.
    mutating func add(_ events: [WaitingEvent], published count: Int) {
        published += count
        waiting.append(contentsOf: events)
        waitingBytes += events.reduce(0) { $0 + $1.size }
        var excess = max(0, waiting.count - LiveBounds.waitingEvents)
        var bytes = waitingBytes - waiting.prefix(excess).reduce(0) { $0 + $1.size }
        while bytes > LiveBounds.waitingBytes {
            bytes -= waiting[excess].size
            excess += 1
        }
        waiting.removeFirst(excess)
        waitingBytes = bytes
    }

    /// What waits; it goes on to wait until it is told.
    var batch: Batch { Batch(events: waiting, start: published - waiting.count) }

    /// Keeps the frames of `events`, which are told now, counted as `Batch` counts; of a comment none.
    mutating func append(_ buffer: ByteBuffer, events: Range<Int>) {
        // Some of them may have given way meanwhile.
        let told = waiting.prefix(max(0, events.upperBound - batch.start))
        waitingBytes -= told.reduce(0) { $0 + $1.size }
        waiting.removeFirst(told.count)
        blocks.append(Block(events: events, buffer: buffer))
        blockBytes += buffer.readableBytes
        while blocks.count > LiveBounds.keptBlocks || blockBytes > LiveBounds.keptBytes, blocks.count > 1 {
            blockBytes -= blocks.removeFirst().buffer.readableBytes
            firstBlock += 1
        }
    }

    /// Keeps a comment.
    mutating func append(comment: ByteBuffer) {
        append(comment, events: 0..<0)
    }

    func isNews(at position: Position) -> Bool { position.block < firstBlock + blocks.count }

    /// What comes after `position`, which moves on; nil where nothing does.
    func read(_ position: inout Position) -> LiveNews? {
        let index = max(0, position.block - firstBlock)
        guard index < blocks.count else { return nil }
        let block = blocks[index]
        let missed = max(0, block.events.lowerBound - position.events)
        position = Position(block: firstBlock + index + 1, events: max(position.events, block.events.upperBound))
        return LiveNews(missed: missed, buffer: block.buffer)
    }

    /// Forgets all but the counts: nobody follows.
    mutating func clear() {
        firstBlock += blocks.count
        blocks = []
        blockBytes = 0
        waiting = []
        waitingBytes = 0
    }
}

/// What a follower is told next.
struct LiveNews: Equatable {
    /// Events that it missed before.
    var missed: Int
    /// Frames, shared by all followers.
    var buffer: ByteBuffer
}
