import RelayModel
import Testing

@Suite struct VocabularyTests {
    @Test func `an event id keeps its 16 bytes and its text`() throws {
        let text = "evt_2b7e151628aed2a6abf7158809cf4f3c"
        let id = try #require(EventID(text))
        #expect(id.description == text)
        #expect(EventID(bytes: id.bytes) == id)
        #expect(id.bytes.first == 0x2B && id.bytes.last == 0x3C && id.bytes.count == 16)
        for wrong in [
            "evt_", "evt_2b7e", "2b7e151628aed2a6abf7158809cf4f3c", text + "0", "evt_+b7e151628aed2a6abf7158809cf4f3c",
        ] {
            #expect(EventID(wrong) == nil)
        }
    }

    @Test func `EVM addresses compare without case, all others exactly`() {
        let mixed = "0x036CbD53842c5426634e7929541eC2318f3dCF7e"
        #expect(WalletAddress(mixed) == WalletAddress(mixed.lowercased()))
        #expect(WalletAddress.form(of: mixed.utf8) == .evm)
        let solana = "7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"
        #expect(WalletAddress(solana) != WalletAddress(solana.lowercased()))
        #expect(WalletAddress.form(of: solana.utf8) == .base58)
        for text in [
            "", "payments", "0x12", mixed + "0", String(repeating: "l", count: 40), String(repeating: "1", count: 31),
        ] {
            #expect(WalletAddress.form(of: text.utf8) == .other)
        }
    }

    @Test func `a secret never shows itself`() {
        let secret = Secret("hunter2")
        #expect("\(secret)" == "[secret]" && String(reflecting: secret) == "[secret]")
        var dumped = ""
        dump(["key": secret], to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect(secret.revealed == "hunter2")
    }

    @Test func `lanes are told apart and never change`() {
        #expect(LaneKey(payment: "pay_1", feed: "a") != LaneKey(payment: "pay_1", feed: "b"))
        #expect(LaneKey(payment: "b", feed: "a") != LaneKey(payment: "", feed: "ab"))
        #expect(
            LaneKey(wallet: WalletAddress("0xABcdefabcdefabcdefabcdefabcdefabcdefabcd"))
                == LaneKey(wallet: WalletAddress("0xabcdefabcdefabcdefabcdefabcdefabcdefabcd")))
        // On disk: a change would set waiting deliveries free of each other.
        #expect(LaneKey(payment: "pay_1", feed: "payments").rawValue == LaneKeyVector.payment)
        #expect(LaneKey(wallet: WalletAddress("7Bgb")).rawValue == LaneKeyVector.wallet)
    }

    private enum LaneKeyVector {
        static let payment: Int64 = 2_683_175_632_966_620_781
        static let wallet: Int64 = -6_798_677_884_738_923_594
    }

    @Test func `a destination that goes on has a clean record, and one that is stopped keeps why and since when`() {
        let moments = (Timestamp(milliseconds: 1), Timestamp(milliseconds: 2))
        var standing = DestinationStanding(failingSince: moments.0, recentFailures: [moments.0], downSince: moments.0)
        standing.set(.disabled, reason: "410", at: moments.0)
        standing.set(.paused, reason: "by an operator", at: moments.1)
        #expect(standing.stop == .disabled && standing.reason == "410" && standing.since == moments.0)
        standing.set(nil, reason: nil, at: moments.1)
        #expect(standing == DestinationStanding(downSince: moments.0))
    }
}
