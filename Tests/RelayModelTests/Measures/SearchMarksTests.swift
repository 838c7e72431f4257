import RelayModel
import Testing

@Suite struct SearchMarksTests {
    private let wallets = (0..<500).map { WalletAddress("wallet-\($0)") }

    @Test func `marks hold every wallet and the payment they were made of, in any spelling of an EVM address`() {
        let evm = "0xAb5801a7D398351b8bE11C439e05C5B3259aeC9B"
        let marks = SearchMarks(wallets: [WalletAddress(evm), wallets[1]], payment: "pay_1")
        #expect(marks.mayHold(SearchMarks(wallets: [WalletAddress(evm.lowercased())], payment: nil)))
        #expect(marks.mayHold(SearchMarks(wallets: [wallets[1]], payment: "pay_1")))
    }

    @Test func `few others are taken for held`() {
        let marks = SearchMarks(wallets: [wallets[0], wallets[1]], payment: "pay_1")
        let mistaken = wallets.dropFirst(2).count { marks.mayHold(SearchMarks(wallets: [$0], payment: nil)) }
        // Nine bits of 64 are set at most: 1 of 350 by chance.
        #expect(mistaken < 15)
    }

    @Test func `how marks are made never changes, since they are stored`() {
        #expect(SearchMarks(wallets: [WalletAddress("abc")], payment: nil).rawValue == SearchMarksTests.ofABC)
        #expect(SearchMarks(wallets: [], payment: nil) == .none)
    }

    private static let ofABC: Int64 = 4_503_668_346_847_744
}
