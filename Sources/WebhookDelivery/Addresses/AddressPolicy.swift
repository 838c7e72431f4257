/// Which addresses no request goes to: link-local ones and those at which clouds hand out credentials.
///
/// Private networks are not among them, since backends live there.
struct AddressPolicy {
    /// The addresses that share the first `length` bits of `address`.
    struct Block {
        let address: IPAddress
        let length: Int

        init(_ address: IPAddress, _ length: Int) {
            self.address = address
            self.length = length
        }

        func contains(_ other: IPAddress) -> Bool {
            switch (address, other) {
            case (.v4(let left), .v4(let right)):
                return (left ^ right) >> (32 - length) == 0
            case (.v6(let high, let low), .v6(let otherHigh, let otherLow)):
                if length <= 64 { return (high ^ otherHigh) >> (64 - length) == 0 }
                return high == otherHigh && (low ^ otherLow) >> (128 - length) == 0
            default:
                return false
            }
        }
    }

    var refused: [Block]

    /// Whether no request goes to `address`, in whichever form it is written.
    func refuses(_ address: IPAddress) -> Bool {
        let embedded = address.embedded
        return refused.contains { block in
            if block.contains(address) { return true }
            guard let embedded else { return false }
            return block.contains(embedded)
        }
    }

    static let standard = AddressPolicy(refused: [
        // Link-local (RFC 3927, section 2.1), where nearly every cloud has its metadata: 169.254.169.254, and on AWS
        // 169.254.170.2 and .23 for containers.
        Block(.v4(0xA9FE_0000), 16),
        // Alibaba Cloud's metadata.
        Block(.v4(0x6464_64C8), 32),
        // Azure's platform address, which also serves a machine's configuration and certificates.
        Block(.v4(0xA83F_8110), 32),
        // Oracle Cloud's older metadata.
        Block(.v4(0xC000_00C0), 32),
        // Link-local (RFC 4291, section 2.5.6).
        Block(.v6(high: 0xFE80_0000_0000_0000, low: 0), 10),
        // The services of an EC2 machine over IPv6: fd00:ec2::254 is its metadata, fd00:ec2::23 that of a pod.
        Block(.v6(high: 0xFD00_0EC2_0000_0000, low: 0), 32),
        // Google Cloud's metadata: fd20:ce::254.
        Block(.v6(high: 0xFD20_00CE_0000_0000, low: 0x254), 128),
        // Scaleway's metadata: fd00:42::42.
        Block(.v6(high: 0xFD00_0042_0000_0000, low: 0x42), 128),
        // Oracle Cloud's metadata: fd00:c1::a9fe:a9fe.
        Block(.v6(high: 0xFD00_00C1_0000_0000, low: 0xA9FE_A9FE), 128),
    ])
}
