import AdminAPI
import ArgumentParser
import RelayModel

/// `x402-relay feeds`: how the feeds of the running relay stand.
struct Feeds: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the feeds of the running relay: connections, events, gaps, payments.")

    @OptionGroup var file: ConfigurationOption

    @Flag(help: "Print JSON: feeds.")
    var json = false

    func run() async throws {
        let access = try await RelayAccess.running(file, for: "feeds")
        let answer = try await access.ask(.get("feeds"))
        guard !json else {
            Console.print(String(decoding: answer.body, as: UTF8.self))
            return
        }
        Console.print(FeedText.table(try access.fields(of: answer).objects("feeds"), now: RelayClock.wallTime))
    }
}
