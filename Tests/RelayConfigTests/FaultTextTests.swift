import RelayModel
import Testing

@testable import RelayConfig

/// What a fault's text must not hold, and how many there are of them.
@Suite struct FaultTextTests {
    /// A key of the file, with `n` for the user's names, and what a value of it is.
    struct Place: CustomTestStringConvertible, Sendable {
        let path: [String]
        let holdsOthers: Bool
        let isList: Bool
        var testDescription: String { path.joined(separator: ".") }
    }

    /// Every key of the tree, objects included.
    static let places: [Place] = {
        func places(_ keys: [KeyDescription], below path: [String]) -> [Place] {
            keys.flatMap { key -> [Place] in
                let path = path + [key.name]
                let place = Place(path: path, holdsOthers: key.form.isObject, isList: !key.form.elements.isEmpty)
                switch key.form.inside {
                case .nothing: return [place]
                case .keys(let keys): return [place] + places(keys, below: path)
                case .named(let keys):
                    return [place, Place(path: path + ["n"], holdsOthers: true, isList: false)]
                        + places(keys, below: path + ["n"])
                }
            }
        }
        return places(TopKeys().descriptions, below: [])
    }()

    /// The keys whose scalars a message may show: words of a short list, quantities, names, paths of TLS files.
    static let showable: Set<String> = [
        "protocol", "version", "encoding", "renew", "eventFormat", "signature", "format", "order", "level",
        "connections", "concurrency", "jitter", "giveUpOn", "rate", "maxSize", "includeAccounts",
        "includeTokenBalanceChanges", "includeLogs", "includeInstructions", "filterTokenBalances", "allowInsecure",
        "allowLinkLocal", "connectTimeout", "pingInterval", "pongTimeout", "idleTimeout", "initial", "max", "timeout",
        "disableAfter", "schedule", "maxRetryAfter", "retention", "deadRetention", "perPayment", "perHour", "perDay",
        "total", "priceJump", "deliverTo", "feeds", "caFile", "certFile", "keyFile",
    ]

    @Test(arguments: places)
    func `a secret in the place of another key's value is in no message`(place: Place) {
        let marker = "hunter2hunter2hunter2="
        func messages(_ value: String) -> String {
            let text = place.path.reversed().reduce(value) { "{ \(JSONEscapes.quoted($1)): \($0) }" }
            guard case .failure(let faults) = TestFiles.load(text) else {
                Issue.record("taken")
                return ""
            }
            return faults.description
        }
        let isShowable = Self.showable.contains(place.path.last ?? "")
        if place.holdsOthers || place.isList || !isShowable {
            #expect(!messages("\"\(marker)\"").contains("hunter2"))
            #expect(!messages("90125.5150").contains("90125"))
        }
        guard !isShowable else { return }
        #expect(!messages("[\"\(marker)\"]").contains("hunter2"))
        #expect(!messages("\"\(marker)://host\"").contains("hunter2"))
        #expect(!messages("\"https://\(marker)@host:99999\"").contains("hunter2"))
        #expect(!messages("[\"https:\(marker)://host\"]").contains("hunter2"))
    }

    @Test func `a secret in the place of a variable's or a header's name's object is in no message`() {
        for value in [#"{ "env": "whsec_hunter2=" }"#, #"{ "env": 90125 }"#, #"{ "file": 90125 }"#] {
            guard case .failure(let faults) = TestFiles.load(#"{ "feeds": { "n": { "apiKey": \#(value) } } }"#) else {
                Issue.record("taken")
                return
            }
            #expect(!faults.description.contains("hunter2"))
            #expect(!faults.description.contains("90125"))
        }
    }

    @Test func `the tree of keys is walked`() { #expect(Self.places.count > 70) }

    @Test func `a fault is one line and cannot drive a terminal, whatever its key is`() {
        let key = #"a\u001b[2J\nb\u202e\u009b"#
        guard case .failure(let faults) = TestFiles.load("{ \"\(key)\": 1 }") else {
            Issue.record("taken")
            return
        }
        let lines = faults.description.split(separator: "\n")
        #expect(lines.count == faults.faults.count)
        #expect(lines.contains { $0.contains(#": a\u{1b}[2J\u{a}b\u{202e}\u{9b}: unknown key"#) })
        #expect(!faults.description.unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{9B}" || $0 == "\u{202E}" })
    }

    @Test func `the first thousand faults are said and the others counted`() {
        let members = (0..<2500).map { "\"é\($0)\": 1" }.joined(separator: ",")
        guard case .failure(let faults) = TestFiles.load("{\(members)}") else {
            Issue.record("taken")
            return
        }
        // Three keys are missing, at the file's first byte.
        #expect(faults.faults.count == 1000)
        #expect(faults.omitted == 1503)
        #expect(faults.description.hasSuffix("\nand 1503 more"))
        #expect(faults.faults.last?.key == "é996")
        // Before é996: ten keys of 7 characters, ninety of 8, and 896 of 9, with their commas, after the brace.
        #expect(faults.faults.last?.column == 2 + 10 * 8 + 90 * 9 + 896 * 10)
    }

    @Test func `keys that only Unicode holds equal are two keys`() {
        guard case .failure(let faults) = TestFiles.load("{ \"\u{E9}\": 1, \"e\u{301}\": 2 }") else {
            Issue.record("taken")
            return
        }
        let said = faults.faults.filter { $0.key != nil && $0.column != 1 }.map(\.reason)
        #expect(said.count == 2)
        #expect(said.allSatisfy { $0.hasPrefix("unknown key") })
    }
}
