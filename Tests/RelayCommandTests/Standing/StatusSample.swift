import RelayModel

@testable import RelayCommand

/// Answers of `GET /api/v1/status`, as a relay gives them.
enum StatusSample {
    /// Where all is well, but for what a test adds.
    static let calmFeed = feed("payments")
    static let calmDestination = destination("billing")

    static func fields(_ json: String) throws -> JSONFields {
        JSONFields(try JSONParser(limits: .message).parse(Array(json.utf8)))
    }

    static func lines(_ json: String, width: Int?, showsAll: Bool = false) throws -> String {
        StatusScreen.lines(try fields(json), width: width, showsAll: showsAll)
            .map { $0.text(isColoured: false) }.joined(separator: "\n")
    }

    static func status(
        running: Bool = true, reasons: [String] = [], feeds: [String] = [calmFeed],
        destinations: [String] = [calmDestination], outbox: String = outbox(), rest: String = ""
    ) -> String {
        let reasons = reasons.map(JSONEscapes.quoted).joined(separator: ",")
        return
            #"{"version":"1.0.0","running":\#(running),"startedAt":\#(running ? "\"2026-01-01T00:00:00.000Z\"" : "null"),"#
            + #""now":"2026-01-01T02:05:00.000Z","ready":\#(reasons.isEmpty),"reasons":[\#(reasons)],"#
            + #""feeds":[\#(feeds.joined(separator: ","))],"destinations":[\#(destinations.joined(separator: ","))],"#
            + #""outbox":\#(outbox)\#(rest)}"#
    }

    static func outbox(kept: Int = 0, trouble: String? = nil, pressed: Bool = false) -> String {
        #"{"path":"data/outbox.sqlite","size":1258291,"maxSize":10737418240,"trouble":"#
            + (trouble.map(JSONEscapes.quoted) ?? "null")
            + #","pressed":\#(pressed),"keptSize":\#(kept),"commits":1204,"commitDuration":{"count":1204,"p95":"0.004"}}"#
    }

    static func feed(_ name: String, _ change: String = "") -> String {
        overlaid(
            #"{"name":\#(JSONEscapes.quoted(name)),"state":"connected","reason":null,"since":"2026-01-01T00:00:01.000Z","#
                + #""connections":2,"configuredConnections":2,"reading":true,"lastMessage":"2026-01-01T02:04:57.000Z","#
                + #""gaps":0,"gapTime":"0.000","lastGap":null,"refusedKeys":[],"received":90000,"matched":1000,"#
                + #""repeated":7,"malformed":0,"reconnects":0,"lastFailure":null,"#
                + #""lastMinute":{"received":1204,"matched":32},"slice":null}"#, change)
    }

    static func destination(_ name: String, _ change: String = "") -> String {
        overlaid(
            #"{"name":\#(JSONEscapes.quoted(name)),"state":"active","reason":null,"since":null,"pending":0,"#
                + #""delivered":900,"dead":0,"discarded":0,"oldestPending":null,"inFlight":0,"sinceStart":"#
                + #"{"latency":{"count":900,"p50":"0.012","p95":"0.340","p99":"1.250"}},"#
                + #""lastMinute":{"delivered":120,"failed":0},"lastFailure":null,"lastSuccess":"2026-01-01T02:04:59.000Z"}"#,
            change)
    }

    /// The object with other members in the place of its own: of two with one name the last counts.
    private static func overlaid(_ object: String, _ change: String) -> String {
        change.isEmpty ? object : "\(object.dropLast()),\(change)}"
    }
}
