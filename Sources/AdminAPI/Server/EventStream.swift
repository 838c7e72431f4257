import Hummingbird
import HummingbirdCore
import NIOCore

/// The live events on one connection: it holds a place among those of its listener until it has been written.
struct EventStream {
    private let follower: LiveFollower
    private let places: Places

    /// Nil where no place is left, or the relay stops.
    init?(_ live: LiveEvents, on channel: any Channel, places: Places) {
        guard places.take() else { return nil }
        guard let follower = live.follow() else {
            places.giveBack()
            return nil
        }
        self.follower = follower
        self.places = places
        // One that waits for events would not see that its client left.
        channel.closeFuture.whenComplete { _ in follower.leave() }
    }

    /// Writes until the relay stops; throws once the client is gone.
    @concurrent consuming func write(_ head: HTTPResponse, to writer: consuming ResponseWriter) async throws {
        defer {
            follower.leave()
            places.giveBack()
        }
        var body = try await writer.writeHead(head)
        try await body.write(LiveFrames.opening)
        var follower = follower
        while let frames = await follower.next() { try await body.write(contentsOf: frames) }
        try await body.finish(nil)
    }
}
