import Glibc

/// An IP address as a number.
enum IPAddress: Hashable {
    case v4(UInt32)
    case v6(high: UInt64, low: UInt64)

    /// From its usual text, without brackets or zone; nil for anything else.
    init?(_ text: UnsafePointer<CChar>) {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 {
            self = .v4(UInt32(bigEndian: four.s_addr))
            return
        }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        self = withUnsafeBytes(of: &six) { Self.six($0) }
    }

    /// From an IPv4 address in any of the spellings that resolvers take: fewer parts, octal and hexadecimal ones.
    init?(anySpelling text: UnsafePointer<CChar>) {
        var four = in_addr()
        guard inet_aton(text, &four) == 1 else { return nil }
        self = .v4(UInt32(bigEndian: four.s_addr))
    }

    /// From a `sockaddr_in` or `sockaddr_in6` of `length` bytes; nil for other families.
    init?(socketAddress: UnsafeRawPointer, length: Int) {
        guard length >= MemoryLayout<sa_family_t>.size else { return nil }
        switch Int32(socketAddress.loadUnaligned(as: sa_family_t.self)) {
        case AF_INET where length >= MemoryLayout<sockaddr_in>.size:
            self = .v4(UInt32(bigEndian: socketAddress.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr))
        case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size:
            var address = socketAddress.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            self = withUnsafeBytes(of: &address) { Self.six($0) }
        default:
            return nil
        }
    }

    private static func six(_ bytes: UnsafeRawBufferPointer) -> IPAddress {
        .v6(
            high: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
            low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }

    /// The IPv4 address that an IPv6 address stands for, where its form says that it stands for one.
    ///
    /// IPv4-mapped and the older IPv4-compatible form (RFC 4291, section 2.5.5), NAT64's well-known prefix (RFC 6052,
    /// section 2.1), 6to4 (RFC 3056, section 2).
    var embedded: IPAddress? {
        guard case .v6(let high, let low) = self else { return nil }
        let isMapped = high == 0 && low >> 32 == 0xFFFF
        let isCompatible = high == 0 && low >> 32 == 0 && low > 1
        let isTranslated = high == 0x0064_FF9B_0000_0000 && low >> 32 == 0
        if isMapped || isCompatible || isTranslated { return .v4(UInt32(truncatingIfNeeded: low)) }
        return high >> 48 == 0x2002 ? .v4(UInt32(truncatingIfNeeded: high >> 16)) : nil
    }
}

extension IPAddress: CustomStringConvertible {
    var description: String {
        switch self {
        case .v4(let number):
            return "\(number >> 24).\(number >> 16 & 0xFF).\(number >> 8 & 0xFF).\(number & 0xFF)"
        case .v6(let high, let low):
            var bytes = (high.bigEndian, low.bigEndian)
            var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
            inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count))
            return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
    }
}
