import Glibc

/// A block of IP addresses in CIDR notation (RFC 4632, RFC 4291): `10.0.0.0/8`, `2001:db8::/32`.
///
/// An IPv4 block holds IPv4 addresses only, an IPv6 block IPv6 ones.
struct AddressBlock: Sendable {
    /// 4 or 16 bytes.
    private let network: [UInt8]
    private let bits: Int

    /// The block that `text` spells, or the reason why it is none.
    static func parse(_ text: String) -> Result<AddressBlock, AddressBlockFault> {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return .failure(.noSlash) }
        let address = Array(parts[0].utf8).withUnsafeBufferPointer { bytes in
            withAddress(bytes) { Array($0) }
        }
        guard let address else { return .failure(.noAddress) }
        let digits = parts[1].utf8
        // One less than the address has: EventBridge refuses a block of a single address.
        let limit = address.count * 8 - 1
        guard (1...3).contains(digits.count), digits.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }),
            let bits = Int(parts[1]), bits <= limit
        else { return .failure(.badLength(limit: limit)) }
        return .success(AddressBlock(network: address, bits: bits))
    }

    /// Whether `text` is an address in the block.
    ///
    /// Bits of the block's own address beyond its length do not count.
    func contains(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        Self.withAddress(text) { address in
            guard address.count == network.count else { return false }
            let whole = bits / 8
            for index in 0..<whole where address[index] != network[index] { return false }
            let rest = bits % 8
            return rest == 0 || (address[whole] ^ network[whole]) >> (8 - rest) == 0
        } ?? false
    }

    /// The longest text of an address, `INET6_ADDRSTRLEN` with its zero byte.
    private static let longestText = 46

    /// Hands over the 4 or 16 bytes of the address that `text` spells; nil where it is none.
    ///
    /// Allocates nothing.
    private static func withAddress<Outcome>(
        _ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Outcome
    ) -> Outcome? {
        guard (2..<longestText).contains(text.count), !text.contains(0) else { return nil }
        let isIPv6 = text.contains(UInt8(ascii: ":"))
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: text.count + 1) { spelled in
            for index in 0..<text.count { spelled[index] = CChar(bitPattern: text[index]) }
            spelled[text.count] = 0
            guard let start = spelled.baseAddress else { return nil }
            return withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 16) { address in
                guard inet_pton(isIPv6 ? AF_INET6 : AF_INET, start, address.baseAddress) == 1 else { return nil }
                return body(UnsafeBufferPointer(rebasing: address[..<(isIPv6 ? 16 : 4)]))
            }
        }
    }
}

/// Why a text is no block of addresses.
enum AddressBlockFault: Error {
    case noSlash
    case noAddress
    case badLength(limit: Int)
}
