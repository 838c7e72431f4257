import RelayModel

extension SplitMix64 {
    /// Whether it happens, at so many of a thousand.
    mutating func chance(_ perMille: Int) -> Bool { below(1000) < perMille }

    /// From the first up to the last, both included.
    mutating func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }
}

extension Scenario {
    init(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let slice = random.pick([60, 60, 300, 300, 3600])
        let slices = random.within(6...30)
        // Few faults in some histories and many in others find more than the same middling lot in all of them.
        let span = slice * slices
        calmAt = Self.start + .seconds(span)
        vendor = Self.vendor(slice: slice, using: &random)
        let isInband = vendor.version == "v2" && random.chance(400)
        feeds = (1...random.pick([1, 1, 2, 3])).map { number in
            Feed(
                name: "feed\(number)", streams: ["s\(number)", "t\(number)"], connections: random.pick([1, 1, 2]),
                hasToken: random.chance(200), isInband: isInband && random.chance(800))
        }
        prices = feeds.map { _ in UInt64(random.pick([30_000, 150_000, 600_000])) }
        isDevnet = random.chance(150)
        let first = Configuration(
            streams: feeds.map { _ in 0 }, tokens: feeds.map(\.hasToken),
            limits: Self.limits(prices, using: &random), isDefaultRecipient: random.chance(700))
        configuration = first
        operatorSteps = Self.operatorSteps(first, prices, feeds.count, span, using: &random)
        episodes = Self.episodes(feeds.count, span, using: &random)
        crashes = Self.crashes(span, using: &random)
        odds = Self.odds(using: &random)
        latency = random.pick([20, 200, 1500])
        blockMilliseconds = Int64(random.within(400...600))
        rpcServers = random.within(1...3)
        hasLiar = rpcServers > 1 && random.chance(400)
    }

    private static func vendor(slice: Int, using random: inout SplitMix64) -> Vendor {
        // Where nobody tells, a slice counts as 60 s.
        let tellsSlice = random.chance(850) || slice > 60
        return Vendor(
            version: random.pick(["v2", "v2", "v1"]), sliceSeconds: slice,
            reminders: random.pick([[30], [30], [45, 30, 15], [10], [120, 30]]).filter { $0 < slice },
            givesBlockhash: random.chance(500), memo: random.pick(Vendor.Memo.allCases), caches: random.chance(500),
            servesLate: random.chance(400), addsToEnd: random.chance(500), dropsRenewedToken: random.chance(300),
            grace: .seconds(random.pick([0, 2, 60, 600])), tellsSlice: tellsSlice,
            offersOthersFirst: random.chance(250), refusal: random.pick([401, 402, 403, 404, 410]))
    }

    private static func limits(_ prices: [UInt64], using random: inout SplitMix64) -> Limits {
        let most = prices.max() ?? 1
        let sum = prices.reduce(0, +)
        let isTight = random.chance(350)
        let jumps: [(UInt64, UInt64, String)] = [(3, 2, "1.5"), (1, 1, "1"), (21, 20, "1.05"), (3, 1, "3")]
        let jump = random.pick(jumps)
        return Limits(
            perPayment: random.chance(200) ? most : most * 3,
            perHour: random.chance(isTight ? 700 : 300) ? sum * UInt64(random.within(isTight ? 2...6 : 20...80)) : nil,
            perDay: sum * UInt64(random.within(isTight ? 3...20 : 200...1000)),
            total: random.chance(isTight ? 300 : 0) ? sum * UInt64(random.within(5...30)) : nil, priceJump: jump)
    }

    private static func operatorSteps(
        _ first: Configuration, _ prices: [UInt64], _ feeds: Int, _ span: Int, using random: inout SplitMix64
    ) -> [OperatorStep] {
        guard random.chance(500) else { return [] }
        var present = first
        return moments(random.within(1...5), span, using: &random).map { at in
            switch random.below(5) {
            case 0: present.pays.toggle()
            case 1:
                let feed = random.below(feeds)
                present.streams[feed] = 1 - present.streams[feed]
            case 2:
                present.limits = limits(prices, using: &random)
                present.pays = true
            case 3:
                let feed = random.below(feeds)
                present.tokens[feed].toggle()
            default: present.pays = true
            }
            return OperatorStep(at: at, act: .reload(present))
        }
    }

    private static func episodes(_ feeds: Int, _ span: Int, using random: inout SplitMix64) -> [Episode] {
        guard random.chance(600) else { return [] }
        let end = start + .seconds(span)
        return moments(random.within(1...5), span, using: &random).map { from in
            let length = random.pick([20, 120, 600, span / 4])
            let kind: Episode.Kind =
                switch random.below(10) {
                case 0, 1: .outage
                case 2: .stall
                case 3, 4: .forgetsAll
                default: .challenges(random.pick(Oddity.allCases), feed: random.below(feeds))
                }
            return Episode(from: from, until: min(end, from + .seconds(length)), kind: kind)
        }
    }

    private static func crashes(_ span: Int, using random: inout SplitMix64) -> [Crash] {
        guard random.chance(600) else { return [] }
        let jumps = random.chance(250)
        return moments(random.within(1...8), span, using: &random).map { at in
            Crash(
                at: at, restartAfter: .milliseconds(random.pick([200, 3000, 60_000, 200_000])),
                clock: .seconds(jumps ? random.pick([0, 300, -300, 5000, -5000]) : 0))
        }
    }

    private static func odds(using random: inout SplitMix64) -> [Fault: Int] {
        let share = random.pick([0, 60, 200, 450])
        var odds: [Fault: Int] = [:]
        for fault in Fault.allCases where random.chance(share) { odds[fault] = random.pick([30, 120, 350]) }
        return odds
    }

    private static func moments(_ count: Int, _ span: Int, using random: inout SplitMix64) -> [Timestamp] {
        (0..<count).map { _ in start + .milliseconds(random.below(span * 1000)) }.sorted()
    }
}
