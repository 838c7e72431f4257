import Crypto

extension SolanaAddress {
    /// The associated token account of `owner`: where tokens of `mint` are held that are sent to that address.
    package static func associatedTokenAccount(of owner: SolanaAddress, mint: SolanaMint) -> SolanaAddress {
        let seeds = [owner.bytes, mint.program.bytes, mint.address.bytes]
        guard let derived = programDerived(seeds, of: SolanaProgram.associatedToken) else {
            // One in 2²⁵⁶: all bumps would have to give points of the curve.
            preconditionFailure("no associated token account can be derived for \(owner)")
        }
        return derived.address
    }

    /// The first address for these seeds, bumps counted down from 255, that is no point of the curve and so has no private key.
    static func programDerived(
        _ seeds: [[UInt8]], of program: SolanaAddress
    ) -> (address: SolanaAddress, bump: UInt8)? {
        for bump in (0...UInt8.max).reversed() {
            var hash = SHA256()
            for seed in seeds { hash.update(data: seed) }
            hash.update(data: [bump])
            hash.update(data: program.bytes)
            hash.update(data: Array("ProgramDerivedAddress".utf8))
            let digest = Array(hash.finalize())
            guard !Curve25519Field.isOnCurve(digest) else { continue }
            if let address = SolanaAddress(bytes: digest) { return (address, bump) }
        }
        return nil
    }
}
