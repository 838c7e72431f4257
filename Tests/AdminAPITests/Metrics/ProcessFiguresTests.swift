import RelayModel
import Testing

@testable import AdminAPI

@Suite struct `The figures of the process` {
    @Test func `are those of the line, whatever the program is called`() {
        let figures = MetricsSamples.process
        #expect(figures.cpuTime == .milliseconds(13_250))
        #expect(figures.startedAt == MetricsSamples.now - .seconds(1000) + .milliseconds(123_450))
        #expect(figures.virtualBytes == 298_479_616)
        #expect(figures.residentBytes == 26_214_400)
    }

    @Test(arguments: [
        "", "4711 (x", "4711 (x)", "4711 (x) S 1 2", "4711 (x) a b c d e f g h i j k l m n o p q r s t u v w",
    ])
    func `are left out where the line is not like that`(line: String) {
        let figures = ProcessFigures(stat: Array(line.utf8), bootedAt: MetricsSamples.now)
        #expect(figures == ProcessFigures(stat: [], bootedAt: MetricsSamples.now))
        #expect(figures.residentBytes == nil && figures.startedAt == nil && figures.cpuTime == nil)
    }

    @Test func `are read of this process`() throws {
        let figures = ProcessFigures.read()
        #expect(try #require(figures.residentBytes) > 1_000_000)
        #expect(try #require(figures.virtualBytes) >= (try #require(figures.residentBytes)))
        #expect(try #require(figures.cpuTime) >= .zero)
        #expect(try #require(figures.openFiles) >= 3)
        #expect(try #require(figures.openFilesLimit) >= Int64(try #require(figures.openFiles)))
        let started = try #require(figures.startedAt)
        #expect(started > Timestamp(milliseconds: 1_700_000_000_000) && started <= RelayClock.wallTime)
        #expect(ProcessFigures.read().startedAt == started)
    }
}
