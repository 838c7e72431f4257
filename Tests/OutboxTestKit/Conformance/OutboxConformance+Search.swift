import OutboxStorage
import RelayModel
import Testing

extension OutboxConformance {
    static let searches = [
        OutboxConformance("a wallet is found as sender, as recipient and anywhere in the event or its payment") {
            test throws in
            for found in Found.allCases { try test.commit(OutboxBatch(accepted: [.found(found)])) }
            func listed(_ text: String) throws -> [Int64] {
                try test.listed(DeliveryFilter(wallet: WalletAddress(text)), order: .oldestFirst)
            }
            #expect(try listed(Found.wallet) == [1, 2, 3, 4, 5])
            #expect(try listed(Found.hexWallet) == [6, 7])
            #expect(try listed(Found.hexWallet.uppercased().replacing("0X", with: "0x")) == [6, 7])
            // Base58 compares exactly, and neither a part of a string nor a key is a wallet.
            #expect(try listed(Found.wallet.lowercased()) == [])
            #expect(try listed(String(Found.wallet.dropLast())) == [])
            #expect(try listed("wallet") == [])
        },
        OutboxConformance("a payment is found by the paymentId of its events, and by nothing else") { test throws in
            for data in [
                #"{"paymentId":"p1"}"#, #"{"paymentId":"p2"}"#, #"{"\u0070aymentId":"\u00701"}"#, #"{"id":"p1"}"#,
                #"{"x":{"paymentId":"p1"}}"#, #"{"paymentId":["p1"]}"#, "no JSON",
                #"{"paymentId":"p2","paymentId":"p1"}"#,
            ] {
                let number = UInt64(data.utf8.reduce(0 as Int) { $0 &* 31 &+ Int($1) }.magnitude)
                try test.commit(
                    OutboxBatch(accepted: [
                        .marked(.sample(number, for: ["a"], data: data), SearchMarks(wallets: [], payment: "p1"))
                    ]))
            }
            #expect(try test.listed(DeliveryFilter(payment: "p1"), order: .oldestFirst) == [1, 3, 8])
            #expect(try test.listed(DeliveryFilter(payment: "p2")) == [])
        },
        OutboxConformance("what the marks rule out is not found, whatever the event says") { test throws in
            let data = #"{"paymentId":"p1","w":"\#(Found.wallet)"}"#
            for (index, marks) in [
                SearchMarks.none, SearchMarks(wallets: [WalletAddress(Found.wallet)], payment: nil),
                SearchMarks(wallets: [], payment: "p1"),
                SearchMarks(wallets: [WalletAddress(Found.wallet)], payment: "p1"),
            ].enumerated() {
                try test.commit(
                    OutboxBatch(accepted: [.marked(.sample(UInt64(index), for: ["a"], data: data), marks)]))
            }
            let wallet = WalletAddress(Found.wallet)
            #expect(try test.listed(DeliveryFilter(wallet: wallet)) == [4, 2])
            #expect(try test.listed(DeliveryFilter(payment: "p1")) == [4, 3])
            #expect(try test.listed(DeliveryFilter(wallet: wallet, payment: "p1")) == [4])
            #expect(try test.listed(DeliveryFilter(delivery: DeliveryID(1), wallet: wallet)) == [])
            #expect(try test.listed(DeliveryFilter(delivery: DeliveryID(2), wallet: wallet)) == [2])
            #expect(try test.listed(DeliveryFilter(event: EventID(high: 0, low: 2), payment: "p1")) == [3])
        },
        OutboxConformance("a search goes with all other filters, in both orders, page by page, and in a replay") {
            test throws in
            let wallets = (0..<3).map { WalletAddress(String(repeating: "\($0 + 1)", count: 40)) }
            var batch = OutboxBatch()
            for number in 0..<900 {
                let (wallet, payment) = (wallets[number % 3], "p\(number % 4)")
                let sample = AcceptedEvent.sample(
                    UInt64(number), at: Int64(number % 100), for: number % 5 == 0 ? ["b"] : ["a"],
                    data: #"{"paymentId":"\#(payment)","to":"\#(wallet)"}"#)
                batch.accepted.append(.marked(sample, SearchMarks(wallets: [wallet], payment: payment)))
            }
            try test.commit(batch)
            try test.commit(OutboxBatch(updates: (1...450).map { .sample($0 * 2, .dead) }))
            func expected(_ takes: (Int) -> Bool) -> [Int64] { (0..<900).filter(takes).map { Int64($0 + 1) } }
            func moment(_ number: Int64) -> Timestamp { Timestamp(milliseconds: number) }
            let cases: [(filter: DeliveryFilter, numbers: [Int64])] = [
                (DeliveryFilter(wallet: wallets[1]), expected { $0 % 3 == 1 }),
                (DeliveryFilter(payment: "p3"), expected { $0 % 4 == 3 }),
                (DeliveryFilter(wallet: wallets[1], payment: "p3"), expected { $0 % 3 == 1 && $0 % 4 == 3 }),
                (DeliveryFilter(destination: "b", payment: "p3"), expected { $0 % 5 == 0 && $0 % 4 == 3 }),
                (DeliveryFilter(state: .dead, wallet: wallets[2]), expected { $0 % 2 == 1 && $0 % 3 == 2 }),
                (DeliveryFilter(rule: "rule", payment: "p0"), expected { $0 % 4 == 0 }),
                (DeliveryFilter(rule: "other", payment: "p0"), []),
                (
                    DeliveryFilter(wallet: wallets[0], since: moment(20), until: moment(30)),
                    expected { $0 % 3 == 0 && (20..<30).contains($0 % 100) }
                ),
                (DeliveryFilter(destination: "a", state: .pending, wallet: WalletAddress("nobody")), []),
            ]
            for (filter, numbers) in cases {
                #expect(try test.listed(filter, order: .oldestFirst, limit: 7) == numbers, "\(filter)")
                #expect(try test.listed(filter, limit: 500) == numbers.reversed(), "\(filter)")
            }
            let replayed = DeliveryFilter(destination: "a", wallet: wallets[1], payment: "p1")
            var found: [Int64] = []
            var from: DeliveryID?
            repeat {
                let outcome = try test.perform(.replay(replayed, from: from, limit: 10))
                found += outcome.readyIDs
                from = outcome.next
            } while from != nil
            #expect(found == expected { $0 % 12 == 1 && $0 % 5 != 0 && $0 % 2 == 1 })
            #expect(!found.isEmpty)
        },
    ]

    /// Where a wallet stands.
    fileprivate enum Found: Int, CaseIterable {
        case sender = 1, recipient, event, payment, escaped, hex, hexInOtherCase, partOfString, key, nowhere

        static let wallet = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
        static let hexWallet = "0x52908400098527886e0f7030069857d2e4169ee7"
    }
}

extension AcceptedEvent {
    /// With marks.
    fileprivate static func marked(_ accepted: AcceptedEvent, _ marks: SearchMarks) -> AcceptedEvent {
        AcceptedEvent(event: accepted.event, deliveries: accepted.deliveries, marks: marks)
    }

    /// Marked with all wallets, so that its bytes decide.
    fileprivate static func found(_ found: OutboxConformance.Found) -> AcceptedEvent {
        typealias Found = OutboxConformance.Found
        let other = "7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"
        let (data, payment): (String, String?) =
            switch found {
            case .sender, .recipient, .nowhere: ("{}", nil)
            case .event: (#"{"accounts":[1,{"owner":["\#(Found.wallet)"]}]}"#, nil)
            case .payment: (#"{"x":"\#(other)"}"#, #"{"from":"\#(Found.wallet)"}"#)
            case .escaped: (#"{"from":"\u0045\#(Found.wallet.dropFirst())"}"#, nil)
            case .hex: (#"{"from":"\#(Found.hexWallet)"}"#, nil)
            case .hexInOtherCase: (#"{"from":"0x52908400098527886E0F7030069857D2E4169EE7"}"#, nil)
            case .partOfString: (#"{"from":"\#(Found.wallet)x","note":"of \"\#(Found.wallet)\""}"#, nil)
            case .key: (#"{"\#(Found.wallet)":1,"wallet":2}"#, nil)
            }
        let sample = AcceptedEvent.sample(UInt64(found.rawValue), for: ["a"])
        let event = Event(
            id: sample.event.id, feed: "payments", type: "payment", timestamp: sample.event.timestamp,
            receivedAt: sample.event.receivedAt, sender: found == .sender ? Found.wallet : other,
            recipient: found == .recipient ? Found.wallet : nil, amount: nil,
            payment: payment.map { Array($0.utf8) }, data: Array(data.utf8))
        return AcceptedEvent(event: event, deliveries: sample.deliveries, marks: SearchMarks(rawValue: -1))
    }
}
