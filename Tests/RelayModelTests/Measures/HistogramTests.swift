import RelayModel
import Testing

@Suite struct HistogramTests {
    private func histogram(_ milliseconds: Int...) -> Histogram {
        var histogram = Histogram(bounds: [.milliseconds(10), .milliseconds(20), .milliseconds(40)])
        for one in milliseconds { histogram.record(.milliseconds(one)) }
        return histogram
    }

    @Test func `a value on a bound is within it, and one above the last is only counted`() {
        let histogram = histogram(0, 10, 11, 40, 41)
        #expect(histogram.buckets == [2, 1, 1])
        #expect(histogram.count == 5)
        #expect(histogram.sum == .milliseconds(102))
    }

    @Test func `a quantile lies on a straight line within its bound`() {
        // Ten values up to 10 ms: half of them are taken to be within 5 ms.
        let even = histogram(1, 2, 3, 4, 5, 6, 7, 8, 9, 10)
        #expect(even.quantile(percent: 50) == .milliseconds(5))
        #expect(even.quantile(percent: 100) == .milliseconds(10))
        #expect(histogram(5, 15).quantile(percent: 50) == .milliseconds(10))
        #expect(histogram(5, 15).quantile(percent: 75) == .milliseconds(15))
    }

    @Test func `a quantile of nothing is nil, and one above all bounds is the last bound`() {
        #expect(histogram().quantile(percent: 50) == nil)
        #expect(histogram(1000).quantile(percent: 50) == .milliseconds(40))
    }

    @Test func `what was counted since an earlier copy is the difference`() {
        let earlier = histogram(5, 100)
        var later = earlier
        later.record(.milliseconds(15))
        #expect(later.since(earlier) == histogram(15))
        #expect(earlier.adding(histogram(15)) == later)
    }

    @Test func `a negative duration counts as none`() {
        #expect(histogram(-5).sum == .zero)
        #expect(histogram(-5).buckets == [1, 0, 0])
    }
}
