import Testing
import X402Payments

@Suite struct Base58Tests {
    // draft-msporny-base58-03, section 5, and the addresses of Solana's system program and token program.
    @Test(
        arguments: [
            (Array("Hello World!".utf8), "2NEpo7TZRRrLZSi2U"),
            (
                Array("The quick brown fox jumps over the lazy dog.".utf8),
                "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z"
            ),
            ([0x00, 0x00, 0x28, 0x7F, 0xB4, 0xCD], "11233QC4"), ([], ""), ([0], "1"),
            ([UInt8](repeating: 0, count: 32), "11111111111111111111111111111111"),
        ] as [([UInt8], String)])
    func `bytes and text are each other's`(bytes: [UInt8], text: String) {
        #expect(Base58.encode(bytes) == text)
        #expect(Base58.decode(text) == bytes)
    }

    @Test(arguments: ["0", "O", "I", "l", "abc ", "a\u{E9}", String(repeating: "2", count: 129)])
    func `other characters and texts too long are refused`(text: String) {
        #expect(Base58.decode(text) == nil)
    }

    @Test func `the longest text of use is read`() {
        #expect(Base58.decode(String(repeating: "2", count: 128)) != nil)
    }

    @Test func `an address is 32 bytes and nothing else`() {
        #expect(SolanaAddress(Base58.encode([UInt8](repeating: 7, count: 31))) == nil)
        #expect(SolanaAddress(Base58.encode([UInt8](repeating: 7, count: 33))) == nil)
        #expect(SolanaAddress(bytes: []) == nil)
        #expect(SolanaAddress("TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA")?.bytes.prefix(3) == [0x06, 0xDD, 0xF6])
    }
}
