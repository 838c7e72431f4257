import Crypto
import RelayModel
import X402Payments

/// A payment as the vendor and the chain read it, from its bytes alone.
struct ReadTransfer: Hashable {
    let transaction: [UInt8]
    /// Base58 of the client's signature: the same bytes have the same one, others another.
    let clientSignature: String
    let feePayer: String
    let payer: String
    let source: String
    let mint: String
    let destination: String
    let amount: UInt64
    let decimals: UInt8
    let memo: String
    let blockhash: String
    /// The payload's `accepted`, of v2.
    let accepted: [UInt8]?

    /// Reads the payload of a header or of `renew_inband`; says what is wrong with it otherwise.
    init(payload: [UInt8]) throws(Violation) {
        guard let document = try? JSONParser(limits: .message).parse(payload),
            let inner = document.member(document.root, "payload"),
            let field = document.member(inner, "transaction").flatMap({ document.string($0) }),
            let transaction = Base64Text.decode(field)
        else { throw Violation("a payload without a transaction: \(String(decoding: payload, as: UTF8.self))") }
        let accepted = document.member(document.root, "accepted").map { Array(document.slice($0)) }
        try self.init(transaction: transaction, accepted: accepted)
    }

    private init(transaction: [UInt8], accepted: [UInt8]?) throws(Violation) {
        self.transaction = transaction
        self.accepted = accepted
        var reader = Reader(bytes: transaction)
        let signatures = try reader.many { reader throws(Violation) in try reader.take(64) }
        let message = Array(transaction[reader.at...])
        guard try reader.byte() == 0x80 else { throw Violation("no v0 message") }
        let header = try reader.take(3)
        let keys = try reader.many { reader throws(Violation) in try reader.take(32) }
        blockhash = Base58.encode(try reader.take(32))
        let instructions = try reader.many { reader throws(Violation) in
            let program = try reader.byte()
            let accounts = try reader.many { reader throws(Violation) in try reader.byte() }
            return Instruction(
                program: program, accounts: accounts,
                data: try reader.many { reader throws(Violation) in try reader.byte() })
        }
        guard try reader.byte() == 0, reader.at == transaction.count else { throw Violation("lookup tables") }
        guard header[0] == 2, signatures.count == 2, instructions.count == 4, keys.count < 256 else {
            throw Violation("\(signatures.count) signatures, \(instructions.count) instructions")
        }
        func key(_ place: UInt8) throws(Violation) -> [UInt8] {
            guard Int(place) < keys.count else { throw Violation("an account that is not there") }
            return keys[Int(place)]
        }
        let transfer = instructions[2]
        guard transfer.data.count == 10, transfer.data[0] == 12, transfer.accounts.count == 4, transfer.accounts[3] == 1
        else { throw Violation("no TransferChecked by the second signer") }
        feePayer = Base58.encode(keys[0])
        source = Base58.encode(try key(transfer.accounts[0]))
        mint = Base58.encode(try key(transfer.accounts[1]))
        destination = Base58.encode(try key(transfer.accounts[2]))
        payer = Base58.encode(keys[1])
        amount = transfer.data[1..<9].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        decimals = transfer.data[9]
        memo = String(decoding: instructions[3].data, as: UTF8.self)
        clientSignature = Base58.encode(signatures[1])
        guard let signer = try? Curve25519.Signing.PublicKey(rawRepresentation: keys[1]),
            signer.isValidSignature(signatures[1], for: message)
        else { throw Violation("a signature that is not the wallet's") }
    }

    private struct Instruction {
        let program: UInt8
        let accounts: [UInt8]
        let data: [UInt8]
    }

    private struct Reader {
        let bytes: [UInt8]
        var at = 0

        mutating func take(_ count: Int) throws(Violation) -> [UInt8] {
            guard at + count <= bytes.count else { throw Violation("a transaction that ends early") }
            defer { at += count }
            return Array(bytes[at..<at + count])
        }

        mutating func byte() throws(Violation) -> UInt8 { try take(1)[0] }

        /// Counts here stay below 128, or take two bytes.
        mutating func many<Element>(
            _ element: (inout Reader) throws(Violation) -> Element
        ) throws(Violation) -> [Element] {
            var count = Int(try byte())
            if count >= 128 { count = count & 127 | Int(try byte()) << 7 }
            var elements: [Element] = []
            for _ in 0..<count { elements.append(try element(&self)) }
            return elements
        }
    }
}
