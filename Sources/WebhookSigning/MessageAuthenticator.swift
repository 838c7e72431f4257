internal import Crypto

/// HMAC-SHA256 (RFC 2104) under one key.
///
/// The key's two blocks are digested once, here; each message starts from copies of those states. For a body of 700 bytes that
/// and working on `SHA256` itself take 0.7 µs, where the generic `HMAC` of the library takes 1.1 and SHA-256 alone 0.6.
struct MessageAuthenticator: Sendable {
    /// States after the key's inner and outer block.
    private let inner: SHA256
    private let outer: SHA256

    init(key: [UInt8]) {
        var block = key.count > SHA256.blockByteCount ? Array(SHA256.hash(data: key)) : key
        block.append(contentsOf: repeatElement(0, count: SHA256.blockByteCount - block.count))
        inner = Self.state(after: block.map { $0 ^ 0x36 })
        outer = Self.state(after: block.map { $0 ^ 0x5C })
    }

    /// The code of `head` and `body` one after the other, as if they were one text; neither is copied.
    func code(_ head: [UInt8], _ body: [UInt8]) -> SHA256.Digest {
        var message = inner
        head.withUnsafeBytes { message.update(bufferPointer: $0) }
        body.withUnsafeBytes { message.update(bufferPointer: $0) }
        var code = outer
        message.finalize().withUnsafeBytes { code.update(bufferPointer: $0) }
        return code.finalize()
    }

    private static func state(after block: [UInt8]) -> SHA256 {
        var state = SHA256()
        block.withUnsafeBytes { state.update(bufferPointer: $0) }
        return state
    }
}
