import RelayModel

/// What a `status` event says of the stream's state.
///
/// What is missing, or of another type than documented, is nil.
struct StreamStatus: Hashable, Sendable {
    var grpcConnected: Bool?
    var nodeHealthy: Bool?
    /// The larger of the processed and the confirmed one; nil where both are 0, which stands for not known yet.
    var headSlot: Int64?
    var watchedAccounts: Int64?
    var watchedMints: Int64?
    /// Members that are there and of another type.
    var unreadable: [String] = []

    init(_ document: JSONDocument) {
        grpcConnected = flag("grpcConnected", of: document)
        nodeHealthy = flag("nodeHealthy", of: document)
        let heads = ["processedHeadSlot", "confirmedHeadSlot"].compactMap { number($0, of: document) }
        headSlot = heads.filter { $0 > 0 }.max()
        watchedAccounts = number("watchedAccounts", of: document)
        watchedMints = number("watchedMints", of: document)
    }

    private mutating func flag(_ name: String, of document: JSONDocument) -> Bool? {
        guard let node = document.member(document.root, name) else { return nil }
        switch document.kind(node) {
        case .true: return true
        case .false: return false
        default:
            unreadable.append(name)
            return nil
        }
    }

    private mutating func number(_ name: String, of document: JSONDocument) -> Int64? {
        guard let node = document.member(document.root, name) else { return nil }
        guard let number = document.wholeNumber(node) else {
            unreadable.append(name)
            return nil
        }
        return number
    }
}

extension JSONDocument {
    /// A number as whole ones, what follows its point cut off; nil for any other kind, past Int64, and with an exponent.
    func wholeNumber(_ node: JSONNode) -> Int64? {
        guard kind(node) == .number else { return nil }
        let text = String(decoding: slice(node), as: UTF8.self)
        guard !text.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) else { return nil }
        return Int64(text.prefix { $0 != "." })
    }
}
