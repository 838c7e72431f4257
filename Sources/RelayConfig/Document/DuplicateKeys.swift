import RelayModel

/// Reports each key that an object has twice, at any depth: parsers differ in which of the two counts.
enum DuplicateKeys {
    static func report(in site: Site) {
        switch site.kind {
        case .array:
            for element in site.elements { report(in: element) }
        case .object:
            // As bytes: strings that only Unicode holds equal are different keys to every parser.
            var seen: Set<[UInt8]> = []
            for (key, value) in site.document.members(site.node) {
                let name = site.document.string(key) ?? ""
                if !seen.insert(Array(name.utf8)).inserted {
                    site.reading.fault(
                        at: site.document.range(key).lowerBound, site.path(to: name),
                        "is given twice in one object, remove one of the two")
                }
                report(in: site.member(name, value))
            }
        default: break
        }
    }
}
