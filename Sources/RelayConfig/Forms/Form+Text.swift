import DeliveryPlanning
import RelayModel
import X402Payments

extension Form {
    /// A string that `parse` takes; `pattern` says the same for the schema, and a test holds the two together.
    ///
    /// - Parameter showsValue: whether a message may show what is not of the form.
    static func text(
        _ phrase: String, pattern: String, as definition: String? = nil, label: String? = nil, showsValue: Bool,
        _ parse: @escaping @Sendable (String) -> Value?
    ) -> Form {
        let schema: SchemaNode = ["type": "string", "pattern": .text(pattern)]
        return Form(
            FormDescription(phrase: phrase, schema: definition.map(schema.named) ?? schema, label: label)
        ) { site in
            guard let value = site.string.flatMap(parse) else {
                site.mismatch(phrase, showsValue: showsValue)
                return nil
            }
            return value
        }
    }

    /// One of the raw values of an enumeration.
    static func choice() -> Form
    where Value: CaseIterable & RawRepresentable & Sendable, Value.RawValue == String {
        choice(Value.allCases.map { ($0.rawValue, $0) })
    }

    /// One of a few words.
    static func choice(_ choices: [(word: String, value: Value)]) -> Form where Value: Sendable {
        let phrase = choices.map { "\"\($0.word)\"" }.alternatives
        let schema: SchemaNode = ["enum": .list(choices.map { .text($0.word) })]
        return Form(FormDescription(phrase: phrase, schema: schema)) { site in
            guard let text = site.string, let choice = choices.first(where: { $0.word == text }) else {
                site.mismatch(phrase, showsValue: true)
                return nil
            }
            return choice.value
        }
    }
}

extension Form<String> {
    /// Any string at all.
    static let anyText = Form.text("a string", pattern: "", showsValue: false) { $0 }

    /// A path of the local disk, as it is written.
    static let writtenPath = Form.text(
        "a path, absolute or from this file's folder", pattern: Pattern.whole("[^\\u0000]+"), as: "path", label: "path",
        showsValue: false
    ) { text in
        text.isEmpty || text.utf8.contains(0) ? nil : text
    }

    /// A path of the local disk as an absolute one.
    static let path = writtenPath.map { path, site in LocalFile.absolute(path, in: site.reading.folder) }

    /// A PEM file of certificates.
    static let certificates = pemFile("certificate") { $0 == "CERTIFICATE" }
    /// A PEM file of a private key that needs no password.
    static let privateKey = pemFile("private key") { $0.hasSuffix("PRIVATE KEY") && $0 != "ENCRYPTED PRIVATE KEY" }

    private static func pemFile(_ noun: String, _ isWanted: @escaping @Sendable (String) -> Bool) -> Form {
        writtenPath.map { written, site in
            let path = LocalFile.absolute(written, in: site.reading.folder)
            guard case .everything = site.reading.scope else { return path }
            switch site.reading.text(ofFile: written) {
            case .success(let text):
                if !PEMText(text).labels.contains(where: isWanted) {
                    let file = written.quotedForMessage
                    site.fault("the file \(file) holds no \(noun) in PEM (-----BEGIN …-----), name one that does")
                }
                return path
            case .failure(let fault):
                site.fault("\(fault.reason), name a PEM file with a \(noun)")
                return nil
            }
        }
    }
}

extension Form<Duration> {
    /// A duration above zero, up to a hundred years.
    static let duration = Form.duration(
        from: 1, upTo: DurationText.longest, as: "duration", label: "duration",
        "a duration above zero such as \"250ms\", \"30s\", \"5m\", \"2h\" or \"7d\"")

    /// A duration that can be zero.
    static let durationOrZero = Form.duration(
        from: 0, upTo: DurationText.longest, as: "durationOrZero", label: "duration or zero",
        "a duration such as \"0s\", \"250ms\", \"30s\", \"5m\", \"2h\" or \"7d\"")

    /// How long one step may take: libcurl counts these in 32 bits of milliseconds, and past a day it is a slip.
    static let timeLimit = Form.duration(
        from: 1, upTo: 86_400_000, as: "timeLimit", label: "duration up to 24h",
        "a duration above zero and up to 24h such as \"250ms\", \"30s\" or \"5m\"")

    private static func duration(
        from minimum: Int64, upTo limit: Int64, as definition: String, label: String, _ phrase: String
    ) -> Form {
        .text(
            phrase, pattern: DurationText.schemaPattern(from: minimum, upTo: limit), as: definition, label: label,
            showsValue: true
        ) { text in
            guard let milliseconds = DurationText.milliseconds(text), (minimum...limit).contains(milliseconds) else {
                return nil
            }
            return .milliseconds(milliseconds)
        }
    }
}

extension Form<Int64> {
    /// A size above zero, in bytes.
    static let size = Form.text(
        "a size above zero such as \"64KiB\", \"512MiB\" or \"10GiB\"", pattern: SizeText.schemaPattern,
        label: "size", showsValue: true
    ) { text in
        SizeText.parse(text).flatMap { $0 > 0 ? $0 : nil }
    }
}

extension Form<Rate> {
    static let rate = Form.text(
        "a rate from 1 to \(RateText.limit) such as \"100/s\", \"600/m\" or \"50/h\"",
        pattern: RateText.schemaPattern, label: "rate", showsValue: true, RateText.parse)
}

extension Form<TokenAmount> {
    /// An amount above zero.
    static let money = Form<String>.text(
        "an amount above zero as a decimal string such as \"0.50\"", pattern: MoneyText.positivePattern, as: "money",
        label: "amount", showsValue: true
    ) { text in
        MoneyText.isPlain(text) && text.utf8.contains { (UInt8(ascii: "1")...UInt8(ascii: "9")).contains($0) }
            ? text : nil
    }.bounded { TokenAmount($0) }
}

extension Form<PriceFactor> {
    /// A factor of at least one.
    static let factor = Form<String>.text(
        "a factor of at least 1 as a decimal string such as \"1.5\"", pattern: MoneyText.fromOnePattern,
        showsValue: true
    ) { text in
        MoneyText.isPlain(text) && !text.hasPrefix("0") ? text : nil
    }.bounded { PriceFactor($0) }
}

extension Form<String> {
    /// The number that a plain decimal spells, where it has no more digits than are kept.
    fileprivate func bounded<Number>(_ make: @escaping @Sendable (String) -> Number?) -> Form<Number> {
        map { text, site in
            guard MoneyText.isWithinBounds(text), let number = make(text) else {
                site.fault(MoneyText.boundsRemedy)
                return nil
            }
            return number
        }
    }
}

extension [String] {
    /// `a, b or c`.
    var alternatives: String {
        count < 2 ? joined() : dropLast().joined(separator: ", ") + " or " + self[count - 1]
    }
}
