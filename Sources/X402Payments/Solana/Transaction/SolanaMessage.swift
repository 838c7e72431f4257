/// A version 0 message without lookup tables: what the signatures of a transaction cover.
package struct SolanaMessage: Hashable, Sendable {
    /// An instruction with its program and accounts as places in the message's list.
    package struct Instruction: Hashable, Sendable {
        package var program: UInt8
        package var accounts: [UInt8]
        package var data: [UInt8]
    }

    /// How many of the first accounts sign.
    package var signers: Int
    /// How many of the signers, from their end, are only read.
    package var readOnlySigners: Int
    /// How many of the others, from their end, are only read.
    package var readOnlyOthers: Int
    /// Each once; the fee payer is the first.
    package var accounts: [SolanaAddress]
    package var blockhash: SolanaAddress
    package var instructions: [Instruction]

    /// The byte that begins a message of version 0.
    static let versionPrefix: UInt8 = 0x80

    /// The message of these instructions.
    ///
    /// The fee payer comes first, then signers that are written, signers, accounts that are written, and the rest; within
    /// such a class by the bytes of their keys, so that one payment has one message. At most 256 accounts.
    init(feePayer: SolanaAddress, instructions: [SolanaInstruction], blockhash: SolanaAddress) {
        var roles: [SolanaAddress: (isSigner: Bool, isWritable: Bool)] = [:]
        for instruction in instructions {
            for account in instruction.accounts {
                let role = roles[account.address] ?? (false, false)
                roles[account.address] = (role.isSigner || account.isSigner, role.isWritable || account.isWritable)
            }
            roles[instruction.program] = roles[instruction.program] ?? (false, false)
        }
        roles[feePayer] = nil
        func sorted(isSigner: Bool, isWritable: Bool) -> [SolanaAddress] {
            roles.filter { $0.value == (isSigner, isWritable) }.keys
                .sorted { $0.bytes.lexicographicallyPrecedes($1.bytes) }
        }
        let writableSigners = [feePayer] + sorted(isSigner: true, isWritable: true)
        let readSigners = sorted(isSigner: true, isWritable: false)
        let readOthers = sorted(isSigner: false, isWritable: false)
        let accounts = writableSigners + readSigners + sorted(isSigner: false, isWritable: true) + readOthers
        var places: [SolanaAddress: UInt8] = [:]
        for (place, account) in accounts.enumerated() { places[account] = UInt8(place) }

        signers = writableSigners.count + readSigners.count
        readOnlySigners = readSigners.count
        readOnlyOthers = readOthers.count
        self.accounts = accounts
        self.blockhash = blockhash
        self.instructions = instructions.map { instruction in
            Instruction(
                program: places[instruction.program] ?? 0,
                accounts: instruction.accounts.map { places[$0.address] ?? 0 }, data: instruction.data)
        }
    }

    init(
        signers: Int, readOnlySigners: Int, readOnlyOthers: Int, accounts: [SolanaAddress], blockhash: SolanaAddress,
        instructions: [Instruction]
    ) {
        self.signers = signers
        self.readOnlySigners = readOnlySigners
        self.readOnlyOthers = readOnlyOthers
        self.accounts = accounts
        self.blockhash = blockhash
        self.instructions = instructions
    }

    /// The wire form, version prefix included: what is signed.
    package var bytes: [UInt8] {
        var bytes = [Self.versionPrefix, UInt8(signers), UInt8(readOnlySigners), UInt8(readOnlyOthers)]
        CompactLength.append(accounts.count, to: &bytes)
        for account in accounts { bytes += account.bytes }
        bytes += blockhash.bytes
        CompactLength.append(instructions.count, to: &bytes)
        for instruction in instructions {
            bytes.append(instruction.program)
            CompactLength.append(instruction.accounts.count, to: &bytes)
            bytes += instruction.accounts
            CompactLength.append(instruction.data.count, to: &bytes)
            bytes += instruction.data
        }
        // No lookup tables.
        CompactLength.append(0, to: &bytes)
        return bytes
    }

    /// Whether the account at `place` may be written.
    package func isWritable(_ place: UInt8) -> Bool {
        let place = Int(place)
        return place < signers ? place < signers - readOnlySigners : place < accounts.count - readOnlyOthers
    }
}
