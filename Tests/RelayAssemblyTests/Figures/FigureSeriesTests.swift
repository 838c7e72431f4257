import AdminAPI
import RelayAssembly
import RelayModel
import Testing

@Suite struct FigureSeriesTests {
    private let start = Timestamp(milliseconds: 1_000_000_000_000)

    private func sample(
        _ seconds: Int, received: Int, matched: Int = 0, delivered: Int = 0, failed: Int = 0
    ) -> FigureSample {
        FigureSample(
            at: start + .seconds(seconds), feeds: ["feed": .init(received: received, matched: matched)],
            destinations: ["billing": .init(delivered: delivered, failed: failed)])
    }

    private func latency(_ milliseconds: [Int]) -> Histogram {
        var histogram = Histogram.deliveries
        for one in milliseconds { histogram.record(.milliseconds(one)) }
        return histogram
    }

    @Test func `the last minute of a relay that just started is all that came`() {
        var series = FigureSeries(start: start)
        series.take(sample(1, received: 5))
        let minute = series.lastMinute(sample(2, received: 7, matched: 3, delivered: 2, failed: 1))
        #expect(minute.feeds["feed"] == .init(received: 7, matched: 3))
        #expect(minute.destinations["billing"] == .init(delivered: 2, failed: 1))
    }

    @Test func `the last minute ends a minute ago, to the second`() {
        var series = FigureSeries(start: start)
        // One event a second, ten in the 41st.
        for second in 1...100 { series.take(sample(second, received: second + (second > 40 ? 9 : 0))) }
        #expect(series.lastMinute(sample(100, received: 109)).feeds["feed"]?.received == 69)
        #expect(series.lastMinute(sample(101, received: 110)).feeds["feed"]?.received == 60)
    }

    @Test func `a feed that a reload took out and put back counts what came since`() {
        var series = FigureSeries(start: start)
        series.take(sample(1, received: 500, matched: 400))
        for matched in [5, 10] {
            let came = series.lastMinute(sample(30, received: 500 + matched, matched: matched)).feeds["feed"]
            #expect(came == .init(received: 500 + matched, matched: matched))
        }
    }

    @Test func `a step is over after ten seconds and holds what came in it`() {
        var series = FigureSeries(start: start)
        #expect(!series.isStepOver(start + .milliseconds(9999)))
        #expect(series.isStepOver(start + .seconds(10)))
        series.end(
            sample(10, received: 100, matched: 50, delivered: 40, failed: 3),
            .init(latency: latency([3, 3]), waiting: 10, backlog: ["billing": 10]))
        series.end(
            sample(20, received: 130, matched: 60, delivered: 55, failed: 3),
            .init(latency: latency([3, 3, 700]), waiting: nil, backlog: [:]))
        let steps = series.history.steps
        #expect(steps.map(\.received) == [100, 30])
        #expect(steps.map(\.matched) == [50, 10])
        #expect(steps.map(\.delivered) == [40, 15])
        #expect(steps.map(\.failed) == [3, 0])
        #expect(steps.map(\.waiting) == [10, nil])
        #expect(steps.map(\.backlog) == [["billing": 10], [:]])
        #expect(steps.map(\.at) == [start + .seconds(10), start + .seconds(20)])
        #expect(steps[0].latency == latency([3, 3]))
        #expect(steps[1].latency == latency([700]))
    }

    @Test func `an hour of steps is kept, the newest ones`() {
        var series = FigureSeries(start: start)
        for step in 1...400 {
            series.end(sample(step * 10, received: step), .init(latency: .deliveries, waiting: 0, backlog: [:]))
        }
        let steps = series.history.steps
        #expect(steps.count == RelayHistory.stepLimit)
        #expect(steps.first?.at == start + .seconds(410))
        #expect(steps.last?.at == start + .seconds(4000))
    }
}
