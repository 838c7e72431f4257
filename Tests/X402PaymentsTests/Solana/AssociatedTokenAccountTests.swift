import Crypto
import RelayModel
import Testing

@testable import X402Payments

@Suite struct AssociatedTokenAccountTests {
    /// Owner: the public key of a seed of 32 equal bytes.
    ///
    /// Made with the official libraries.
    @Test(
        arguments: [
            (0x01, SolanaProgram.token, "3wvJdyFnGvaMWpbq93NU91SggiVRveULUXL6iX5VZDGP", 254),
            (0x03, SolanaProgram.token, "DNDTCnZkNk358qDFZd9unHtnrc73SsXcpVWtwJJMrR4B", 255),
            (0x07, SolanaProgram.token, "7woc3ajaGMMXczFYjxon4aQoHH3j126fMUR9c58eHRsK", 251),
            (0x0C, SolanaProgram.token, "aPf5sExn4TfsaLgjPXkBLucQC5SBop8UHMpiuwnoqy9", 250),
            (0x0D, SolanaProgram.token2022, "DurADXbALQYcoAWbtjtvEThhX3sDDZa5Rsmz6vXT46Gq", 251),
        ] as [(UInt8, SolanaAddress, String, UInt8)])
    func `the account of an owner is derived with the right bump`(
        seed: UInt8, program: SolanaAddress, account: String, bump: UInt8
    ) throws {
        let owner = try SolanaWallet(Secret(Base58.encode([UInt8](repeating: seed, count: 32)))).address
        let mint = SolanaMint(address: SolanaMint.usdc.address, program: program, decimals: 6)
        #expect(SolanaAddress.associatedTokenAccount(of: owner, mint: mint).description == account)
        let derived = SolanaAddress.programDerived(
            [owner.bytes, program.bytes, mint.address.bytes], of: SolanaProgram.associatedToken)
        #expect(derived?.bump == bump)
    }

    @Test func `public keys are points of the curve`() {
        for _ in 0..<50 {
            #expect(Curve25519Field.isOnCurve(Array(Curve25519.Signing.PrivateKey().publicKey.rawRepresentation)))
        }
    }

    @Test func `the digests of 256 bytes are on the curve or off it as Solana's own library has it`() {
        // A bit for each byte from 0, as `solders` answers `Pubkey.is_on_curve` for its SHA-256.
        let told = "53bf96bece6c71b690a45f51c46d65598f671785fccf300eadd1a015d51b20e5"
        let bits = (0..<64).map { digit in
            (0..<4).reduce(0) { bits, place in
                let isPoint = Curve25519Field.isOnCurve(Array(SHA256.hash(data: [UInt8(digit * 4 + place)])))
                return bits << 1 | (isPoint ? 1 : 0)
            }
        }
        #expect(bits.map { String($0, radix: 16) }.joined() == told)
    }

    // y of the base point is 4/5, of the neutral element 1, of the point of order two −1, and 0 belongs to two of order four.
    // 2 and 7 belong to none (computed with Python's integers by RFC 8032, section 5.1.3).
    @Test(arguments: [
        ("5866666666666666666666666666666666666666666666666666666666666666", true),
        ("0100000000000000000000000000000000000000000000000000000000000000", true),
        ("0100000000000000000000000000000000000000000000000000000000000080", true),
        ("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", true),
        ("0000000000000000000000000000000000000000000000000000000000000000", true),
        ("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", true),
        ("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", true),
        ("0200000000000000000000000000000000000000000000000000000000000000", false),
        ("0700000000000000000000000000000000000000000000000000000000000000", false),
        ("efffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", false),
    ])
    func `known points are on the curve, and known others are not`(hex: String, isPoint: Bool) throws {
        #expect(Curve25519Field.isOnCurve(try #require(bytes(hex: hex))) == isPoint)
    }

    @Test func `field arithmetic agrees at its edges`() {
        func number(_ value: UInt8) -> Curve25519Field {
            Curve25519Field(littleEndian: [value] + [UInt8](repeating: 0, count: 31))
        }
        let minusOne = number(0) - number(1)
        #expect(minusOne + number(1) == number(0))
        #expect(minusOne * minusOne == number(1))
        #expect(minusOne - minusOne == number(0))
        // p itself, with all limbs full, is zero.
        let p = Curve25519Field(littleEndian: [0xED] + [UInt8](repeating: 0xFF, count: 30) + [0x7F])
        #expect(p == number(0))
        #expect(p * minusOne == number(0))
        #expect(p - number(1) == minusOne)
        // −1 is a square modulo p, 2 is none (p is 5 modulo 8).
        #expect(minusOne.isSquare)
        #expect(!number(2).isSquare)
        #expect(number(4).isSquare)
        #expect(number(0).isSquare)
    }
}

/// The bytes of an even number of hexadecimal digits.
func bytes(hex: String) -> [UInt8]? {
    var bytes: [UInt8] = []
    var rest = hex[...]
    while rest.count >= 2 {
        guard let byte = UInt8(rest.prefix(2), radix: 16) else { return nil }
        bytes.append(byte)
        rest = rest.dropFirst(2)
    }
    return rest.isEmpty ? bytes : nil
}
