import RelayModel

/// The messages that an AtomicStream client sends.
enum AtomicStreamMessage {
    static let getState = Array(#"{"op":"getState"}"#.utf8)
    static let ping = Array(#"{"op":"ping"}"#.utf8)

    /// `members` are those of the object as JSON text, without braces.
    static func setOptions(_ members: String) -> [UInt8] { Array(#"{"op":"setOptions",\#(members)}"#.utf8) }

    static func setAccounts(_ addresses: [String]) -> [UInt8] { list("setAccounts", "accounts", addresses) }

    static func setPrograms(_ addresses: [String]) -> [UInt8] { list("setPrograms", "programs", addresses) }

    static func setMints(_ addresses: [String]) -> [UInt8] { list("setMints", "mints", addresses) }

    static func renewToken(_ token: Secret) -> [UInt8] {
        var message = operation("renew_token")
        message.string("token", token.revealed)
        return message.bytes
    }

    /// Both parts are JSON, which goes out byte for byte: the payment is signed over nothing else.
    static func renewInband(requirements: [UInt8], payload: [UInt8]) -> [UInt8] {
        var message = operation("renew_inband")
        message.raw("paymentRequirements", requirements)
        message.raw("paymentPayload", payload)
        return message.bytes
    }

    private static func list(_ name: String, _ key: String, _ addresses: [String]) -> [UInt8] {
        var message = operation(name)
        message.strings(key, addresses)
        return message.bytes
    }

    private static func operation(_ name: String) -> JSONObjectWriter {
        var message = JSONObjectWriter()
        message.string("op", name)
        return message
    }
}
