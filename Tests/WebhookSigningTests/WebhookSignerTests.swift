import RelayModel
import Testing
import WebhookSigning

struct WebhookSignerTests {
    @Test func `the published vectors come out`() throws {
        #expect(try signature("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
    }

    private func signature(_ secret: String) throws -> String? {
        let signer = try WebhookSigner(schemes: [.standard], secrets: [Secret(secret)])
        return signer.headers(
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp: 1_614_265_330, body: Array(#"{"test": 2432232314}"#.utf8))
            .first { $0.name == "webhook-signature" }?.value
    }
}
