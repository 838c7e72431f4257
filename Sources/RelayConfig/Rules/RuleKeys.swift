import EventRules
import RelayModel

/// A rule as it stands in the file.
struct RuleDraft {
    var pattern: RulePattern?
    /// Where `match` stands; nil where it is missing.
    var match: Site?
    var deliverTo: [Located<String>]
    var feeds: [Located<String>]?
}

/// `rules.*`.
struct RuleKeys: ObjectKeys {
    let match = Key(
        "match", required: .match, "An event pattern; {} matches every event.")
    let deliverTo = Key(
        "deliverTo", required: .list("names of destinations", of: Form<String>.anyText.located, atLeast: 1),
        "The names of destinations.")
    let feeds = Key(
        "feeds", optional: .list("names of feeds", of: Form<String>.anyText.located, atLeast: 1),
        otherwise: "all feeds",
        "The names of the only feeds whose events the rule sees.")

    func value(of object: ObjectReader) -> RuleDraft? {
        RuleDraft(
            pattern: object[match], match: object.site(match.name), deliverTo: object[deliverTo] ?? [],
            feeds: object[feeds])
    }
}

extension Form<RulePattern> {
    /// An event pattern of `EventRules`, compiled.
    static let match: Form = {
        let description = FormDescription(
            phrase: "an event pattern such as { \"type\": [\"payment\"] }", schema: PatternSchema.pattern)
        return Form(description) { site in
            do throws(RuleFaults) {
                return try RulePattern.compile(site.node, in: site.document) { AddressFile.read($0, site.reading) }
            } catch {
                for fault in error.faults {
                    site.reading.fault(
                        at: site.document.range(fault.node).lowerBound,
                        fault.path.isEmpty ? site.path : "\(site.path).\(fault.path)", fault.reason)
                }
                return nil
            }
        }
    }()
}

/// A file of addresses: one a line, `#` begins a comment.
enum AddressFile {
    static func read(_ path: String, _ reading: Reading) -> AddressList {
        switch reading.text(ofFile: path) {
        case .failure(let fault): .problem("\(fault.reason), name a file with one address a line")
        case .success(let text): parse(text, path)
        }
    }

    private static func parse(_ text: String, _ path: String) -> AddressList {
        var addresses: [String] = []
        var number = 0
        for line in text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let content = line.prefix { $0 != UInt8(ascii: "#") }
            let words = content.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
            guard let word = words.first else { continue }
            guard words.count == 1, WalletAddress.form(of: word) != .other else {
                return .problem(
                    "line \(number) of the file \(path.quotedForMessage) is no address "
                        + "(base58, or 0x and 40 hexadecimal digits), correct it"
                )
            }
            addresses.append(String(Substring(word)))
        }
        return .addresses(addresses)
    }
}
