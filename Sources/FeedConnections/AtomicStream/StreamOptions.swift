import RelayModel

/// The configured members of setOptions, as far as their names and the event format matter.
struct StreamOptions: Hashable, Sendable {
    /// Part of the WebSocket's URL too.
    let eventFormat: String?
    let names: Set<String>

    /// `members` are those of the object as JSON text without braces; nil for what is no JSON.
    init?(_ members: String?) {
        guard let members else {
            (eventFormat, names) = (nil, [])
            return
        }
        guard let document = try? JSONParser(limits: .message).parse(Array("{\(members)}".utf8)) else { return nil }
        names = Set(document.members(document.root).compactMap { document.string($0.key) })
        eventFormat = document.member(document.root, "eventFormat").flatMap(document.string)
    }
}
