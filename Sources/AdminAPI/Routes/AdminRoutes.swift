package import RelayModel

/// The API as a function from request to answer, over a relay or over its outbox alone; the contract's section 6.
///
/// Whether the asker may ask is settled before: this answers whoever comes.
package struct AdminRoutes: Sendable {
    private let control: any RelayControl
    private let now: @Sendable () -> Timestamp

    /// Answers from `control`; `now` is what a duration ago counts from.
    package init(control: any RelayControl, now: @escaping @Sendable () -> Timestamp = { RelayClock.wallTime }) {
        self.control = control
        self.now = now
    }

    /// The answer to `request`: problem details for all that is wrong with it, and for what only a listener can send.
    package func answer(_ request: AdminRequest) async -> AdminAnswer {
        switch await respond(request) {
        case .answer(let answer): answer
        case .events:
            Problem(
                503,
                "live events need a connection that stays open: ask for GET /api/v1/events over the control socket or "
                    + "admin.listen"
            ).answer
        }
    }

    /// What a listener sends for `request`.
    func respond(_ request: AdminRequest) async -> AdminResponse {
        do {
            guard let route = Route(request.path) else {
                throw Problem(404, "there is nothing at this path; the API is under /api/v1/")
            }
            guard route.methods.contains(request.method) else {
                throw Problem.wrongMethod(request.method, allowed: route.methods)
            }
            let query = try QueryReader(request.query, allowed: route.parameters)
            if route == .events {
                guard let live = control.live else {
                    throw Problem(503, "no relay runs on this outbox, so there are no live events; start it with run")
                }
                return .events(live)
            }
            return .answer(try await answer(route, query, request.body))
        } catch let problem as Problem {
            return .answer(problem.answer)
        } catch let error as ControlError {
            return .answer(Problem(error).answer)
        } catch {
            return .answer(Problem(503, "the relay cannot answer now").answer)
        }
    }

    /// Ends the live events of all who follow them: the listeners stop.
    func endEvents() {
        control.live?.close()
    }

    private func answer(_ route: Route, _ query: QueryReader, _ body: [UInt8]) async throws -> AdminAnswer {
        switch route {
        case .alive:
            return .json { $0.string("status", "alive") }
        case .ready:
            return try await readiness()
        case .metrics:
            let text = MetricsPage.text(try await control.status(), ProcessFigures.read())
            return AdminAnswer(status: 200, contentType: MetricsPage.contentType, body: Array(text.utf8))
        case .page(let name):
            return try Self.page(name)
        case .document:
            return AdminAnswer(status: 200, contentType: "application/json", body: APIDocument.bytes)
        case .events:
            throw Problem(503, "live events are a stream")
        case .status:
            let status = try await control.status()
            return .json { $0.write(status) }
        case .history:
            let history = try await control.history()
            return .json { $0.write(history) }
        case .feeds:
            let feeds = try await control.status().feeds
            return .json { $0.objects("feeds", feeds) { $1.write($0) } }
        case .destinations:
            let destinations = try await control.status().destinations
            return .json { $0.objects("destinations", destinations) { $1.write($0) } }
        case .rules:
            let rules = try await control.status().rules
            return .json { $0.objects("rules", rules) { $1.write($0) } }
        case .deliveries:
            return try await deliveries(query)
        case .delivery(let id):
            let detail = try await control.delivery(Self.delivery(id))
            return .json { $0.write(detail) }
        case .payments:
            return try await payments(query)
        case .payment(let id):
            let entry = try await control.payment(Self.payment(id))
            return .json { $0.write(entry) }
        case .retry(let id):
            let summary = try await control.retry(Self.delivery(id))
            return .json { $0.write(summary) }
        case .discard(let id):
            let summary = try await control.discard(Self.delivery(id))
            return .json { $0.write(summary) }
        case .pause(let name):
            let destination = try await control.pause(name)
            return .json { $0.write(destination) }
        case .resume(let name):
            let destination = try await control.resume(name)
            return .json { $0.write(destination) }
        case .test(let name):
            let summary = try await control.test(name)
            return .json { $0.write(summary) }
        case .replay:
            let count = try await control.replay(ReplayRequest(body, now: now()).filter)
            return .json { $0.value("replayed", count) }
        case .reload:
            let report = try await control.reload()
            return .json { $0.write(report) }
        case .match:
            let report = try await control.match(body, feed: query["feed"])
            return .json { $0.write(report) }
        }
    }

    private func readiness() async throws(Problem) -> AdminAnswer {
        let reasons = await control.reasonsNotReady()
        guard reasons.isEmpty else {
            throw Problem(503, "the relay is not ready: \(reasons.joined(separator: "; "))", reasons: reasons)
        }
        return .json {
            $0.value("ready", true)
            $0.strings("reasons", [])
        }
    }

    private func deliveries(_ query: QueryReader) async throws -> AdminAnswer {
        let filter = DeliveryFilter(
            destination: query["destination"], state: try query.state(), rule: query["rule"],
            event: try query.event(), wallet: try query.wallet(), payment: try query.payment(),
            since: try query.time("since", now: now()),
            until: try query.time("until", now: now()))
        let page = try await control.deliveries(
            filter, isNewestFirst: query.isNewestFirst(), cursor: query.cursor().map { DeliveryID($0) },
            limit: query.limit())
        return .json { $0.write(page) }
    }

    private func payments(_ query: QueryReader) async throws -> AdminAnswer {
        let filter = LedgerFilter(
            feed: query["feed"], state: try query.state(), since: try query.time("since", now: now()),
            until: try query.time("until", now: now()))
        let page = try await control.payments(
            filter, isNewestFirst: query.isNewestFirst(), cursor: query.cursor().map { PaymentID($0) },
            limit: query.limit())
        let spend = try await control.status().payments
        return .json {
            $0.write(page)
            $0.object("spend", orNull: spend) { $1.write($0) }
        }
    }

    private static func page(_ name: String) throws(Problem) -> AdminAnswer {
        guard let file = PageFiles.file(name) else {
            throw Problem(404, "the page has no file \"\(Shown.text(name))\"")
        }
        return AdminAnswer(
            status: 200, contentType: file.contentType, fields: [ContentPolicy.page.field], body: file.bytes)
    }

    /// What is no number is no delivery either: 404, as a number that none has.
    private static func delivery(_ text: String) throws(Problem) -> DeliveryID {
        guard let id = DeliveryID(text: text) else {
            throw Problem(404, "there is no delivery \"\(Shown.text(text))\"; deliveries have numbers")
        }
        return id
    }

    /// As `delivery`.
    private static func payment(_ text: String) throws(Problem) -> PaymentID {
        guard let number = EntryNumber.read(text) else {
            throw Problem(404, "there is no payment \"\(Shown.text(text))\"; payments have numbers")
        }
        return PaymentID(number)
    }
}
