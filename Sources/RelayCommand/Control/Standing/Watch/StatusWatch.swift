import ArgumentParser
import RelayModel
import UnixSignals

/// Shows the status again and again, until the command is told to end: whatever becomes of the relay meanwhile.
struct StatusWatch {
    /// How the relay stood, or why it did not say.
    typealias Look = Result<StatusLook, CommandFault>

    private enum Event {
        case looked(Look)
        /// The terminal has another size, or was another program's meanwhile.
        case drawAnew
    }

    /// Between an answer and the next question.
    let interval: Duration
    let form: StatusForm
    let look: @Sendable () async -> Look

    /// More that wait to be shown are worth nothing: each is the whole.
    private static let eventLimit = 8

    /// Returns at SIGINT, SIGTERM or SIGHUP, or when nothing can be written any more.
    func run() async {
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup, .sigwinch, .sigcont)
        let (events, sink) = AsyncStream.makeStream(
            of: Event.self, bufferingPolicy: .bufferingNewest(Self.eventLimit))
        // Neither is waited for: the end of the command must not wait for a relay that does not answer.
        let looking = Task {
            while !Task.isCancelled {
                sink.yield(.looked(await look()))
                try? await Task.sleep(for: interval)
            }
        }
        let listening = Task {
            for await signal in signals {
                guard signal == .sigwinch || signal == .sigcont else { break }
                sink.yield(.drawAnew)
            }
            sink.finish()
        }
        defer {
            looking.cancel()
            listening.cancel()
        }
        await show(events)
    }

    private func show(_ events: AsyncStream<Event>) async {
        let isScreen = form.isScreen
        if isScreen { Console.write(Array(WatchFrame.enter.utf8)) }
        defer { if isScreen { Console.write(Array(WatchFrame.leave.utf8)) } }
        var latest: Look?
        for await event in events {
            switch event {
            case .looked(let look):
                latest = look
                guard draw(look) else { return }
            case .drawAnew:
                guard isScreen, let latest else { continue }
                guard Console.write(Array(WatchFrame.enter.utf8)), draw(latest) else { return }
            }
        }
    }

    /// False where it cannot be written.
    private func draw(_ look: Look) -> Bool {
        guard form.isScreen else { return print(look) }
        let terminal = Terminal.output
        let size = terminal.size ?? Terminal.usualSize
        let rhythm = ReadableText.span(seconds: ScreenText.seconds(interval))
        let title = "\(RelayClock.wallTime)  again every \(rhythm), Ctrl-C ends"
        let lines = [InkedLine(title, .faint)] + self.lines(look, width: size.columns)
        return Console.write(Array(WatchFrame.text(lines, size: size, isColoured: terminal.isColoured).utf8))
    }

    private func lines(_ look: Look, width: Int) -> [InkedLine] {
        switch look {
        case .success(let look): StatusScreen.lines(look.fields, width: width, showsAll: form.showsAll)
        case .failure(let fault): fault.message.split(separator: "\n").map { InkedLine(String($0), .bad) }
        }
    }

    private func print(_ look: Look) -> Bool {
        switch look {
        case .success(let look):
            return Console.print(form.text(look, Terminal.output) + (form.isJSON ? "" : "\n"))
        case .failure(let fault):
            Console.error(fault.message)
            return true
        }
    }
}
