import RelayModel
import X402Payments

/// The wire between the relay and the vendor's schema and renew endpoints.
extension PaymentSimulation {
    /// A request leaves, or does not.
    func send(_ question: StreamAccess.HTTPQuestion, _ request: Int, of feed: String, run: Int) {
        func answer(_ answer: StreamAccess.HTTPAnswer, after wait: Duration) {
            plan(after: wait) { sim throws(Violation) in
                try sim.give(.answered(request, answer), to: feed, run: run)
            }
        }
        if happens(.requestUnsent) {
            return answer(.failed(reason: "refused", mayHaveLeft: false), after: .milliseconds(20))
        }
        if happens(.requestLost) {
            return answer(.failed(reason: "no answer", mayHaveLeft: true), after: .seconds(15))
        }
        let isLost = happens(.answerLost)
        let isDoubled = happens(.answerDoubled)
        let late: Duration = happens(.answerLate) ? .seconds(random.within(10...300)) : .zero
        plan(after: wire()) { sim throws(Violation) in
            try sim.arrive(question, feed: feed) { sim, found throws(Violation) in
                let lost = isLost || found == nil
                let came = found ?? .failed(reason: "no answer", mayHaveLeft: true)
                let told = lost ? .failed(reason: "no answer", mayHaveLeft: true) : came
                let wait = sim.wire() + late + (lost ? .seconds(10) : .zero)
                for copy in 0...(isDoubled ? 1 : 0) {
                    sim.plan(after: wait + .seconds(7 * copy)) { sim throws(Violation) in
                        try sim.give(.answered(request, told), to: feed, run: run)
                    }
                }
            }
        }
    }

    /// A request is at the vendor; `reply` is called once with the answer, nil for none.
    private func arrive(
        _ question: StreamAccess.HTTPQuestion, feed: String,
        reply: @escaping (PaymentSimulation, StreamAccess.HTTPAnswer?) throws(Violation) -> Void
    ) throws(Violation) {
        let stream = question.resource.stream
        if isOut { return try reply(self, nil) }
        let paid = question.headers.first { field in
            ["payment-signature", "x-payment"].contains(field.name.lowercased())
        }
        let isRenewal = question.path == question.resource.renewPath
        guard isRenewal || question.path == question.resource.schemaPath else {
            throw Violation("a request for \(question.path)")
        }
        guard question.method == (isRenewal ? "POST" : "GET") else {
            throw Violation("\(question.method) \(question.path)")
        }
        var old: String?
        if isRenewal {
            guard let document = try? JSONParser(limits: .message).parse(question.body),
                let token = document.member(document.root, "token").flatMap({ document.string($0) })
            else { throw Violation("a renewal without a token") }
            old = token
        }
        if let paid {
            let name = scenario.vendor.version == "v1" ? "x-payment" : "payment-signature"
            guard paid.name.lowercased() == name,
                let payload = Base64Text.decode(paid.value)
            else { throw Violation("a payment in a header \(paid.name) of another version") }
            let transfer = try ReadTransfer(payload: payload)
            let prolonging: Prolonging = old.map { .renewed($0) } ?? .nothing
            settle(transfer, stream: stream, prolonging: prolonging) { sim, word throws(Violation) in
                try reply(sim, sim.answer(word, stream: stream, isRenewal: isRenewal, old: old, transfer))
            }
            return
        }
        if happens(.unpaidError) {
            let status = random.pick([500, 503, 301, 302, 200, 429])
            return try reply(self, .received(status: status, headers: [], body: Array("<html>".utf8)))
        }
        if let old, vendor.tokens[old] == nil {
            return try reply(self, refusal(of: old))
        }
        try reply(self, challenge(of: stream, error: "Payment required"))
    }

    private func refusal(of token: String) -> StreamAccess.HTTPAnswer {
        let status = random.pick([401, 403, 404, 410])
        let text = happens(.quotesToken) ? "unknown token \(token)" : "unknown token"
        return .received(status: status, headers: [], body: Array("{\"error\":\"\(text)\"}".utf8))
    }

    private func answer(
        _ word: VendorWord, stream: String, isRenewal: Bool, old: String?, _ transfer: ReadTransfer
    ) -> StreamAccess.HTTPAnswer? {
        let receiptName = scenario.vendor.version == "v1" ? "X-PAYMENT-RESPONSE" : "PAYMENT-RESPONSE"
        func receipt(success: Bool, _ reason: String?) -> HTTPField {
            var json = JSONObjectWriter()
            json.value("success", success)
            if let reason { json.string("errorReason", reason) }
            json.string("transaction", chain.landings[transfer.clientSignature]?.transaction ?? "")
            json.string("network", random.chance(200) ? "" : scenario.network.caip2)
            return HTTPField(receiptName, Base64Text.encode(json.bytes))
        }
        switch word {
        case .served(let token):
            let end = vendor.tokens[token]?.expiresAt ?? now
            var json = JSONObjectWriter()
            if isRenewal {
                json.string("token", token)
                json.string("expiresAt", "\(end)")
                json.value("sliceSeconds", scenario.vendor.sliceSeconds)
            } else {
                json.string("protocol", "ws402")
                json.string("version", "1")
                let path = "/\(scenario.vendor.version)/stream/\(stream)"
                json.string("websocketEndpoint", "wss://stream.example\(path)?t=\(token)")
            }
            let headers = random.chance(100) ? [] : [receipt(success: true, nil)]
            return .received(status: 200, headers: headers, body: json.bytes)
        case .refused(let reason):
            let text = happens(.quotesToken) ? "\(reason) \(old ?? "")" : reason
            if random.chance(300) {
                return .received(
                    status: 402, headers: [receipt(success: false, text)], body: Array("{}".utf8))
            }
            return random.chance(300)
                ? .received(status: 400, headers: [], body: Array("{\"error\":\"\(text)\"}".utf8))
                : challenge(of: stream, error: text)
        case .duplicate:
            return .received(
                status: 402, headers: [receipt(success: false, "duplicate_settlement")], body: Array("{}".utf8))
        case .pending:
            return .received(
                status: 402, headers: [receipt(success: false, "settlement_pending")], body: Array("{}".utf8))
        case .serverError: return .received(status: 502, headers: [], body: Array("<html>bad gateway</html>".utf8))
        case .nonsense:
            return .received(status: 200, headers: [], body: Array(random.chance(500) ? "{}".utf8 : "<html>".utf8))
        case .redirect:
            return .received(status: 302, headers: [HTTPField("location", "https://evil.example/")], body: [])
        case .silence: return nil
        }
    }
}
