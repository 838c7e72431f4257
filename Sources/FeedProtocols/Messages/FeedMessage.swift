package import RelayModel

/// One message of a feed, told apart: an event, a message of the protocol itself, or nothing that can be taken.
package enum FeedMessage: Sendable {
    case event(JSONDocument)
    /// `type` is what names it: on interface402 its `type`, on atomicstream its `op`, as JSON text where that is no string.
    case control(JSONDocument, type: String)
    case malformed(MalformedMessage)
}

/// Tells the messages of one feed apart.
package struct MessageReader: Sendable {
    private let feedProtocol: FeedProtocol
    private let parser: JSONParser
    private let secrets: [Secret]

    /// `hiding` is kept out of every excerpt.
    package init(protocol feedProtocol: FeedProtocol, limits: JSONLimits = .message, hiding secrets: [Secret] = []) {
        self.feedProtocol = feedProtocol
        parser = JSONParser(limits: limits)
        self.secrets = secrets
    }

    /// What `bytes`, one whole message, are.
    package func read(_ bytes: [UInt8]) -> FeedMessage {
        do {
            let document = try parser.parse(bytes)
            return read(document)
        } catch {
            return malformed(MalformedMessage.Kind(error.kind), bytes)
        }
    }

    private func read(_ document: JSONDocument) -> FeedMessage {
        if document.firstRepeatedKey(in: document.root) != nil { return malformed(.repeatedKey, document.bytes) }
        if let mark = feedProtocol.controlMark(of: document) { return .control(document, type: mark) }
        guard let node = document.member(document.root, "type"), let type = document.string(node), !type.isEmpty
        else {
            return malformed(.withoutType, document.bytes)
        }
        if feedProtocol.isControl(type: type) { return .control(document, type: type) }
        if type.utf8.starts(with: "relay.".utf8) { return malformed(.reservedType, document.bytes) }
        return .event(document)
    }

    private func malformed(_ kind: MalformedMessage.Kind, _ bytes: [UInt8]) -> FeedMessage {
        .malformed(MalformedMessage(kind: kind, size: bytes.count, excerpt: Excerpt.of(bytes, hiding: secrets)))
    }
}
