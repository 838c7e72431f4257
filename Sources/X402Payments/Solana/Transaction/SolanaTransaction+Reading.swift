extension SolanaTransaction {
    /// Reads the wire form of a version 0 transaction without lookup tables, all of it, and nothing that the network would not
    /// take: places that are there, accounts that come once, a signature for each signer.
    package init(bytes: [UInt8]) throws(Fault) {
        guard bytes.count <= Self.maxBytes else {
            throw Fault(description: "it has \(bytes.count) bytes, a transaction has at most \(Self.maxBytes)")
        }
        var reader = WireReader(bytes: bytes)
        let count = try reader.length("signatures")
        var signatures: [[UInt8]] = []
        for _ in 0..<count { signatures.append(try reader.take(Self.signatureLength, "a signature")) }
        let message = try SolanaMessage(&reader)
        guard count == message.signers else {
            throw Fault(description: "it has \(count) signatures, its message wants \(message.signers)")
        }
        self.init(signatures: signatures, message: message)
    }

    /// The signatures at the front of the wire form of any version, which is not read further; nil where there are none.
    package static func signatures(ofWire bytes: [UInt8]) -> [[UInt8]]? {
        var at = 0
        guard let count = CompactLength.read(bytes, at: &at), count > 0, bytes.count - at > count * signatureLength
        else {
            return nil
        }
        return (0..<count).map { place in
            let start = at + place * signatureLength
            return Array(bytes[start..<start + signatureLength])
        }
    }
}

extension SolanaMessage {
    fileprivate init(_ reader: inout WireReader) throws(SolanaTransaction.Fault) {
        guard try reader.byte("the version") == Self.versionPrefix else {
            throw SolanaTransaction.Fault(description: "its message is not of version 0")
        }
        let signers = Int(try reader.byte("the header"))
        let readOnlySigners = Int(try reader.byte("the header"))
        let readOnlyOthers = Int(try reader.byte("the header"))
        let count = try reader.length("accounts")
        var accounts: [SolanaAddress] = []
        for _ in 0..<count { accounts.append(try reader.address("an account")) }
        guard Set(accounts).count == count else { throw SolanaTransaction.Fault(description: "an account comes twice") }
        guard readOnlySigners < signers, signers + readOnlyOthers <= count else {
            throw SolanaTransaction.Fault(
                description: "its header names \(signers) signers (\(readOnlySigners) of them read-only) and "
                    + "\(readOnlyOthers) other read-only accounts, of \(count) accounts")
        }
        let blockhash = try reader.address("the blockhash")
        let instructions = try Self.instructions(&reader, accounts: count)
        guard try reader.length("lookup tables") == 0 else {
            throw SolanaTransaction.Fault(description: "it takes accounts from lookup tables")
        }
        guard reader.isAtEnd else { throw SolanaTransaction.Fault(description: "bytes follow its end") }
        self.init(
            signers: signers, readOnlySigners: readOnlySigners, readOnlyOthers: readOnlyOthers, accounts: accounts,
            blockhash: blockhash, instructions: instructions)
    }

    private static func instructions(
        _ reader: inout WireReader, accounts: Int
    ) throws(SolanaTransaction.Fault) -> [Instruction] {
        var instructions: [Instruction] = []
        for place in 0..<(try reader.length("instructions")) {
            let program = try reader.byte("a program")
            let touched = try reader.take(try reader.length("an instruction's accounts"), "an instruction's accounts")
            let data = try reader.take(try reader.length("an instruction's data"), "an instruction's data")
            // The fee payer, at 0, cannot be a program.
            guard (1..<accounts).contains(Int(program)), touched.allSatisfy({ Int($0) < accounts }) else {
                throw SolanaTransaction.Fault(description: "instruction \(place) names an account that is not there")
            }
            instructions.append(Instruction(program: program, accounts: touched, data: data))
        }
        return instructions
    }
}

/// Takes a transaction's bytes from the front.
private struct WireReader {
    let bytes: [UInt8]
    var at = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { at == bytes.count }

    mutating func take(_ count: Int, _ what: String) throws(SolanaTransaction.Fault) -> [UInt8] {
        guard bytes.count - at >= count else {
            throw SolanaTransaction.Fault(description: "it ends within \(what), after \(bytes.count) bytes")
        }
        defer { at += count }
        return Array(bytes[at..<at + count])
    }

    mutating func byte(_ what: String) throws(SolanaTransaction.Fault) -> UInt8 { try take(1, what)[0] }

    mutating func address(_ what: String) throws(SolanaTransaction.Fault) -> SolanaAddress {
        guard let address = SolanaAddress(bytes: try take(32, what)) else {
            throw SolanaTransaction.Fault(description: "\(what) is no address")
        }
        return address
    }

    mutating func length(_ what: String) throws(SolanaTransaction.Fault) -> Int {
        guard let length = CompactLength.read(bytes, at: &at) else {
            throw SolanaTransaction.Fault(description: "the number of \(what) is no compact-u16")
        }
        return length
    }
}
