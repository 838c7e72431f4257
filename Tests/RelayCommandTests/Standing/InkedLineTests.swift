import RelayModel
import Testing

@testable import RelayCommand

/// Lines, tables and terminals of a screen.
@Suite struct InkedLineTests {
    @Test(
        arguments: [
            ("short", 10, 0, ["short"]),
            ("one two three", 8, 0, ["one two", "three"]),
            ("one two three", 7, 2, ["one two", "  three"]),
            ("  one two three", 9, 4, ["  one two", "    three"]),
            ("abcdefghij", 4, 0, ["abcd", "efgh", "ij"]),
            ("abcdefghij", 4, 3, ["abcd", "efgh", "ij"]),
            ("ab cdefghijk", 4, 1, ["ab", " cde", " fgh", " ijk"]),
            ("a    b", 3, 0, ["a", "b"]),
            ("1234 5678", 4, 0, ["1234", "5678"]),
        ] as [(String, Int, Int, [String])])
    func `a line is broken at spaces, and within a word only where that is longer than a line`(
        _ sample: (text: String, width: Int, hanging: Int, lines: [String])
    ) {
        let folded = InkedLine(sample.text, hanging: sample.hanging).folded(to: sample.width)
        #expect(folded.map { $0.text(isColoured: false).trimmedEnd } == sample.lines)
        #expect(folded.allSatisfy { $0.length <= sample.width })
    }

    @Test func `each part keeps its colour over the break, and words without colour have no sequence`() {
        let line = InkedLine([.init("down ", .bad), .init("for 3m")])
        #expect(line.text(isColoured: false) == "down for 3m")
        #expect(line.text(isColoured: true) == "\u{1B}[1;31mdown \u{1B}[0mfor 3m")
        let folded = InkedLine([.init("all is "), .init("very well", .good)]).folded(to: 11)
        #expect(
            folded.map { $0.text(isColoured: true) } == ["all is \u{1B}[32mvery\u{1B}[0m", "\u{1B}[32mwell\u{1B}[0m"])
    }

    @Test func `a column that is empty everywhere is left out, and a name that leaves no room has its own line`() {
        var table = ScreenTable("NAME", [("A", .right), ("EMPTY", .left), ("STATE", .left)])
        table.add(.init(name: .init("x"), cells: [.init("7"), .init(""), .init("well")], notes: []))
        table.add(
            .init(
                name: .init("a-name-of-many-letters"), cells: [.init("12345"), .init(""), .init("")],
                notes: [InkedLine("a note of some words")]))
        #expect(
            table.lines(width: nil).map { $0.text(isColoured: false) } == [
                "NAME                        A  STATE",
                "x                           7  well",
                "a-name-of-many-letters  12345",
                "    a note of some words",
            ])
        #expect(
            table.lines(width: 24).map { $0.text(isColoured: false) } == [
                "NAME            A  STATE",
                "x               7  well",
                "a-name-of-many-letters",
                "            12345",
                "    a note of some words",
            ])
    }

    @Test(
        arguments: [
            (true, [:], true, true), (true, ["TERM": "xterm"], true, true), (true, ["TERM": "dumb"], false, false),
            (true, ["NO_COLOR": "1"], false, true), (true, ["NO_COLOR": ""], true, true), (false, [:], false, false),
        ] as [(Bool, [String: String], Bool, Bool)])
    func `colours and redrawing are for terminals that take them, and colours for who wants them`(
        _ sample: (isTerminal: Bool, environment: [String: String], isColoured: Bool, isScreen: Bool)
    ) {
        let terminal = Terminal(size: sample.isTerminal ? Terminal.usualSize : nil) { sample.environment[$0] }
        #expect(terminal.isColoured == sample.isColoured && terminal.isScreen == sample.isScreen)
    }

    @Test(arguments: [
        (3, "\u{1B}[Ha\u{1B}[K\r\nbcdef\r\n\u{1B}[J"), (2, "\u{1B}[Ha\u{1B}[K\r\nbcdef"),
        (1, "\u{1B}[H… 2\u{1B}[K"),
    ])
    func `a frame writes over what was there, erases the rest, and never scrolls`(_ sample: (rows: Int, text: String)) {
        let text = WatchFrame.text(
            [InkedLine("a"), InkedLine("bcdef")], size: .init(columns: 5, rows: sample.rows), isColoured: false)
        #expect(text == sample.text)
    }

    @Test(arguments: [
        ("0.000", "0 ms"), ("0.012", "12 ms"), ("1.250", "1.25 s"), ("14.300", "14.3 s"), ("59.000", "59 s"),
        ("60.500", "1m"), ("3700.000", "1h 1m"), ("x", "x s"),
    ])
    func `seconds of the API are told in the unit that fits`(_ sample: (seconds: String, text: String)) {
        #expect(ReadableText.span(seconds: sample.seconds) == sample.text)
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        String(self[..<(lastIndex { $0 != " " }.map(index(after:)) ?? startIndex)])
    }
}
