import FeedProtocols
import RelayModel
import Testing

@Suite struct SecretAtEndTests {
    @Test(arguments: [
        ("duplicate_settlement", "duplicate_settlement"), ("for tok-123", "for tok-123"),
        ("for tok-1234", "for [secret]"), ("for tok-123456789", "for [secret]"),
    ])
    func `a text that ends as many a word does is not taken for the beginning of a secret`(
        text: String, shown: String
    ) {
        #expect(Excerpt.of(text.utf8, hiding: Secret("tok-123456789")) == shown)
    }
}
