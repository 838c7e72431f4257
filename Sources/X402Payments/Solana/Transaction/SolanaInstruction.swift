/// One instruction of a transaction, with its accounts by name.
package struct SolanaInstruction: Hashable, Sendable {
    /// An account that an instruction touches.
    package struct Account: Hashable, Sendable {
        package var address: SolanaAddress
        package var isSigner: Bool
        package var isWritable: Bool

        package init(_ address: SolanaAddress, isSigner: Bool = false, isWritable: Bool = false) {
            self.address = address
            self.isSigner = isSigner
            self.isWritable = isWritable
        }
    }

    package var program: SolanaAddress
    package var accounts: [Account]
    package var data: [UInt8]

    package init(program: SolanaAddress, accounts: [Account], data: [UInt8]) {
        self.program = program
        self.accounts = accounts
        self.data = data
    }

    // The first byte of an instruction's data says which one of its program's it is.

    /// Compute budget: a 32-bit number of units follows.
    static let setComputeUnitLimit: UInt8 = 2
    /// Compute budget: 64 bits of micro-lamports a unit follow.
    static let setComputeUnitPrice: UInt8 = 3
    /// Token programs: a 64-bit amount and the decimals follow.
    static let transferChecked: UInt8 = 12
}

extension FixedWidthInteger {
    /// The bytes, least significant first.
    var littleEndianBytes: [UInt8] { withUnsafeBytes(of: littleEndian) { Array($0) } }
}
