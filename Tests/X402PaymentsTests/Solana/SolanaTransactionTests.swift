import RelayModel
import Testing

@testable import X402Payments

@Suite struct SolanaTransactionTests {
    private static let whole = Base64.decode(PaymentVector.transaction.utf8, .canonical) ?? []
    /// Where the message begins: behind the count and two signatures.
    private static let message = 1 + 2 * 64
    /// Where its accounts begin: behind version, header and count.
    private static let accounts = message + 5
    /// Where its instructions' count is: behind eight accounts and the blockhash.
    private static let instructions = accounts + 9 * 32

    @Test func `the fields are read, and written as they were`() throws {
        let transaction = try SolanaTransaction(bytes: Self.whole)
        #expect(transaction.bytes == Self.whole)
        let message = transaction.message
        #expect((message.signers, message.readOnlySigners, message.readOnlyOthers) == (2, 1, 4))
        #expect(message.accounts.count == 8)
        #expect(message.accounts.first?.description == PaymentVector.feePayer)
        #expect(message.blockhash.description == PaymentVector.blockhash)
        #expect(message.instructions.map(\.data.count) == [5, 9, 10, 16])
        #expect((0..<8).map { message.isWritable(UInt8($0)) } == [true, false, true, true, false, false, false, false])
    }

    @Test func `every cut is refused`() {
        for count in 0..<Self.whole.count {
            #expect(throws: SolanaTransaction.Fault.self) {
                try SolanaTransaction(bytes: Array(Self.whole.prefix(count)))
            }
        }
    }

    /// A change of one byte, and a piece of the fault that it leads to.
    @Test(
        arguments: [
            (0, 1, "not of version 0"), (0, 0x82, "signatures is no compact-u16"), (0, 9, "it ends within"),
            (message, 0x81, "not of version 0"),
            (message, 0x02, "not of version 0"), (message + 1, 3, "2 signatures, its message wants 3"),
            (message + 2, 2, "its header names"), (message + 3, 7, "its header names"), (message + 4, 7, ""),
            (instructions, 5, ""), (instructions + 1, 0, "names an account that is not there"),
            (instructions + 1, 8, "names an account that is not there"),
            (whole.count - 1, 1, "lookup tables"),
        ] as [(Int, UInt8, String)])
    func `a transaction that contradicts itself is refused`(place: Int, byte: UInt8, part: String) {
        var bytes = Self.whole
        bytes[place] = byte
        do {
            _ = try SolanaTransaction(bytes: bytes)
            Issue.record("it was taken")
        } catch {
            #expect(error.description.contains(part) || part.isEmpty, "\(error)")
        }
    }

    @Test func `an account that comes twice is refused`() {
        var bytes = Self.whole
        bytes.replaceSubrange(Self.accounts + 32..<Self.accounts + 64, with: bytes[Self.accounts..<Self.accounts + 32])
        #expect(throws: SolanaTransaction.Fault(description: "an account comes twice")) {
            try SolanaTransaction(bytes: bytes)
        }
    }

    @Test func `bytes behind the end and beyond a packet are refused`() {
        #expect(throws: SolanaTransaction.Fault(description: "bytes follow its end")) {
            try SolanaTransaction(bytes: Self.whole + [0])
        }
        #expect(throws: SolanaTransaction.Fault(description: "it has 1233 bytes, a transaction has at most 1232")) {
            try SolanaTransaction(bytes: [UInt8](repeating: 0, count: 1233))
        }
    }

    @Test func `any damage is a fault or another transaction, never a crash`() {
        var random = SplitMix64(seed: 4)
        for _ in 0..<5000 {
            var bytes = Self.whole
            for _ in 0...random.below(3) { bytes[random.below(bytes.count)] = UInt8(random.below(256)) }
            if random.below(4) == 0 { bytes.removeLast(random.below(bytes.count)) }
            if let read = try? SolanaTransaction(bytes: bytes) { #expect(read.bytes == bytes) }
            _ = SolanaTransaction.signatures(ofWire: bytes)
        }
    }

    @Test(
        arguments: [
            (0, [0]), (127, [0x7F]), (128, [0x80, 1]), (16383, [0xFF, 0x7F]), (16384, [0x80, 0x80, 1]),
            (65535, [0xFF, 0xFF, 3]),
        ] as [(Int, [UInt8])])
    func `lengths take one to three bytes`(length: Int, bytes: [UInt8]) {
        var written: [UInt8] = []
        CompactLength.append(length, to: &written)
        #expect(written == bytes)
        var at = 0
        #expect(CompactLength.read(bytes, at: &at) == length)
        #expect(at == bytes.count)
    }

    @Test(arguments: [[], [0x80], [0x80, 0], [0x80, 0x80, 0], [0xFF, 0xFF, 4], [0x80, 0x80, 0x80, 1]] as [[UInt8]])
    func `lengths that are longer than need be or than 16 bits are refused`(bytes: [UInt8]) {
        var at = 0
        #expect(CompactLength.read(bytes, at: &at) == nil)
    }

    @Test(arguments: [[], [0], [1], [0x81, 0x80]] as [[UInt8]])
    func `bytes without a signature have none`(bytes: [UInt8]) {
        #expect(SolanaTransaction.signatures(ofWire: bytes) == nil)
    }
}
