internal import Crypto

/// HMAC-SHA256 (RFC 2104) under one key.
///
/// The key's two blocks are digested once, here; each message then starts from a copy of that state.
struct MessageAuthenticator: Sendable {
    /// The digest's length in bytes.
    static let length = SHA256.byteCount

    private let keyed: HMAC<SHA256>

    init(key: [UInt8]) {
        keyed = HMAC(key: SymmetricKey(data: key))
    }

    /// The code of `head` and `body` one after the other, as if they were one text; neither is copied.
    func code(_ head: some Collection<UInt8>, _ body: [UInt8]) -> HMAC<SHA256>.MAC {
        var authenticator = keyed
        authenticator.update(data: Array(head))
        authenticator.update(data: body)
        return authenticator.finalize()
    }
}
