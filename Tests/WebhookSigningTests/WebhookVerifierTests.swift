import RelayModel
import Testing
import WebhookSigning

@Suite struct WebhookVerifierTests {
    private static let now = Timestamp(milliseconds: Published.timestamp * 1000)

    private func fault(
        _ secret: String = Published.shared, id: String = Published.id, timestamp: String = "\(Published.timestamp)",
        signature: String = Published.v1, body: [UInt8] = Published.body, maxAge: Duration? = nil,
        now: Timestamp = Self.now
    ) throws -> SignatureFault? {
        let verifier = try WebhookVerifier(Secret(secret))
        do throws(SignatureFault) {
            try verifier.verify(
                id: id, timestamp: timestamp, signature: signature, body: body, maxAge: maxAge, now: now)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [
        (Published.shared, Published.v1), (Published.pair, Published.v1a), (Published.seed, Published.v1a),
        (Published.publicKey, Published.v1a),
        (Published.shared, "\(Published.otherV1) \(Published.v1)"),
        (Published.shared, "\(Published.v1a) \(Published.v1)"),
        (Published.publicKey, "\(Published.v1) \(Published.v1a)"),
        (Published.shared, "v9,whatever%% \(Published.v1)"), (Published.shared, "nonsense v1,%% \(Published.v1)"),
    ])
    func `one fitting token is enough`(secret: String, signature: String) throws {
        #expect(try fault(secret, signature: signature) == nil)
    }

    @Test func `another id, time, body or secret does not fit`() throws {
        for (secret, token) in [(Published.shared, Published.v1), (Published.publicKey, Published.v1a)] {
            #expect(try fault(secret, id: "msg_other", signature: token) == .mismatch)
            #expect(try fault(secret, timestamp: "1614265331", signature: token) == .mismatch)
            #expect(try fault(secret, signature: token, body: Published.body + [0x0A]) == .mismatch)
            #expect(try fault(secret, signature: token, body: []) == .mismatch)
        }
        #expect(try fault(Published.otherShared) == .mismatch)
        #expect(try fault(WebhookKey.newPair().publicKey, signature: Published.v1a) == .mismatch)
    }

    @Test func `a token with any one bit changed does not fit`() throws {
        let token = try #require(Published.v1.split(separator: ",").last)
        for index in token.indices where token[index] != "=" {
            var changed = token
            changed.replaceSubrange(index...index, with: token[index] == "A" ? "E" : "A")
            #expect(try fault(signature: "v1,\(changed)") == .mismatch, "\(changed)")
        }
    }

    @Test(arguments: ["v1,AAAA", "v1,", "v1,\(String(repeating: "A", count: 400))"])
    func `a token of another length does not fit`(signature: String) throws {
        #expect(try fault(signature: signature) == .mismatch)
    }

    @Test func `tokens of other kinds only are said to be missing`() throws {
        #expect(try fault(signature: "v2,abcd \(Published.v1a)") == .noToken(of: "v1"))
        #expect(try fault(Published.publicKey, signature: Published.v1) == .noToken(of: "v1a"))
    }

    @Test(arguments: [
        ("", "1614265330", Published.v1), (Published.id, "", Published.v1), (Published.id, "soon", Published.v1),
        (Published.id, "1614265330.5", Published.v1), (Published.id, "-1614265330", Published.v1),
        (Published.id, "+1614265330", Published.v1), (Published.id, " 1614265330", Published.v1),
        (Published.id, "99999999999999999999", Published.v1), (Published.id, "1614265330", ""),
        (Published.id, "1614265330", "   "), (Published.id, "1614265330", "g0hM9SsE"),
        (Published.id, "1614265330", "v1,g0hM_SsE"),
        (Published.id, "1614265330", String(repeating: "v1,AAAA ", count: 65)),
    ])
    func `malformed headers get a reason`(id: String, timestamp: String, signature: String) throws {
        let found = try #require(try fault(id: id, timestamp: timestamp, signature: signature))
        guard case .malformed(let reason) = found else {
            Issue.record("not malformed: \(found)")
            return
        }
        #expect(reason.contains("webhook-"))
    }

    @Test(
        arguments: [
            (0, nil), (300, nil), (301, SignatureFault.tooOld(seconds: 301, allowed: 300)), (-300, nil),
            (-301, .tooNew(seconds: 301, allowed: 300)),
        ] as [(Int64, SignatureFault?)])
    func `the age is judged in both directions`(age: Int64, expected: SignatureFault?) throws {
        let now = Timestamp(milliseconds: (Published.timestamp + age) * 1000)
        #expect(try fault(maxAge: .seconds(300), now: now) == expected)
        #expect(try fault(maxAge: nil, now: now) == nil)
    }

    @Test func `a time at the end of the numbers is far off, not a crash`() throws {
        let found = try fault(timestamp: "\(Int64.max)", maxAge: .seconds(300), now: Timestamp(milliseconds: -5000))
        guard case .tooNew = found else {
            Issue.record("\(String(describing: found))")
            return
        }
    }

    @Test func `a signer's tokens are verified with either secret of a rotation`() throws {
        let token = try WebhookSigner.publishedHeaders([.standard], [Published.otherShared, Published.shared])
        let signature = try #require(token["webhook-signature"])
        for secret in [Published.shared, Published.otherShared] {
            #expect(try fault(secret, signature: signature) == nil)
        }
    }
}
