import DeliveryPlanning
import RelayModel
import Testing

@testable import RelayConfig

@Suite struct FormTests {
    @Test(arguments: [
        ("250ms", Duration.milliseconds(250)), ("30s", .seconds(30)), ("5m", .seconds(300)), ("2h", .seconds(7200)),
        ("7d", .seconds(604_800)), ("0s", .zero), ("007s", .seconds(7)),
    ])
    func `a duration is a whole number and a unit`(text: String, duration: Duration) {
        #expect(DurationText.parse(text) == duration)
    }

    @Test(arguments: ["", "s", "5", "5 s", "5S", "-5s", "1.5s", "5s ", "36501d", "99999999999999999999s", "٣s"])
    func `any other text is no duration`(text: String) {
        #expect(DurationText.parse(text) == nil)
    }

    @Test func `sizes are binary and stop before they overflow`() {
        #expect(SizeText.parse("64KiB") == 65_536)
        #expect(SizeText.parse("10GiB") == 10_737_418_240)
        #expect(SizeText.parse("8388607TiB") == 8_388_607 << 40)
        #expect(SizeText.parse("8388608TiB") == nil)
        #expect(SizeText.parse("10GB") == nil)
    }

    @Test func `a rate counts in a second, a minute or an hour`() {
        #expect(RateText.parse("100/s") == Rate(count: 100, interval: .seconds(1)))
        #expect(RateText.parse("600/m") == Rate(count: 600, interval: .seconds(60)))
        #expect(RateText.parse("50/h") == Rate(count: 50, interval: .seconds(3600)))
        #expect(RateText.parse("0/s") == nil)
        #expect(RateText.parse("1/d") == nil)
    }

    @Test func `a place counts lines and characters from one`() {
        var index = LineIndex(Array("aé\n𝄞x\r\n\nz".utf8))
        let places = [(0, 1, 1), (1, 1, 2), (3, 1, 3), (4, 2, 1), (8, 2, 2), (11, 3, 1), (12, 4, 1), (13, 4, 2)]
        for (offset, line, column) in places {
            let place = index.place(of: offset)
            #expect(place.line == line)
            #expect(place.column == column)
        }
    }

    @Test(arguments: [
        ("timout", "timeout"), ("Timeout", "timeout"), ("tiemout", "timeout"), ("secret", "secrets"),
        ("max-size", "maxSize"),
    ])
    func `a slip finds the word that was meant`(typed: String, meant: String) {
        #expect(Suggestion.nearest(to: typed, among: ["url", "timeout", "secrets", "maxSize"]) == meant)
    }

    @Test func `a word that is like none suggests nothing`() {
        #expect(Suggestion.nearest(to: "banana", among: ["url", "timeout", "secrets"]) == nil)
        #expect(Suggestion.nearest(to: "", among: ["url"]) == nil)
    }

    @Test func `a URL is shown as scheme, host and port alone`() throws {
        let url = try #require(URLText("https://user:word@[::1]:8443/path?token=x"))
        #expect(url.origin == "https://[::1]:8443")
        #expect(url.userInfo?.revealed == "user:word")
        #expect(url.rest == "/path?token=x")
        #expect(!"\(url)".contains("word"))
    }
}
