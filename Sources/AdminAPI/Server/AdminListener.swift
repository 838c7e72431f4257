import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import RelayConfig
import RelayModel
import Synchronization

/// The HTTP application on one of its listeners: its connections, and who may ask.
final class AdminListener: Sendable {
    enum Kind: Sendable {
        case socket
        case tcp(AdminConfiguration)
    }

    private let kind: Kind
    private let routes: AdminRoutes
    private let limits: AdminLimits
    private let logger: Logger
    private let followers: Places
    private let transit = ByteBudget(limit: AdminLimits.transitBytes)
    let connections: Connections

    init(_ kind: Kind, routes: AdminRoutes, limits: AdminLimits, logger: Logger) {
        self.kind = kind
        self.routes = routes
        self.limits = limits
        self.logger = logger
        followers = Places(limit: limits.followers)
        connections = Connections(limit: limits.connections)
    }

    /// Serves a connection until it ends; for the bootstrap, on the connection's event loop.
    func serve(_ channel: any Channel) -> EventLoopFuture<Void> {
        switch connections.admit(channel) {
        case .inPlaceOfAnother(let isFirst):
            if isFirst {
                logger.warning(
                    "too many admin connections are open: the oldest that ask nothing are closed",
                    metadata: ["limit": "\(limits.connections)"])
            }
        case .refused(let isFirst):
            if isFirst {
                logger.warning(
                    "admin connections are refused, too many are open", metadata: ["limit": "\(limits.connections)"])
            }
            return channel.eventLoop.makeFailedFuture(TooManyConnections())
        case .admitted:
            break
        }
        let http = HTTP1Channel(
            responder: { request, writer, channel in try await self.respond(request, writer, channel) },
            configuration: .init(
                httpDecoderConfiguration: .init(
                    maxHeaderFieldSize: AdminLimits.fieldBytes, maxHeaderListSize: AdminLimits.headerBytes,
                    maxHeaderFieldCount: AdminLimits.headerCount)))
        // The channel that Hummingbird made is handed to its loop whatever comes: one that is dropped would stop the program.
        return http.setup(channel: channel, logger: logger).flatMapThrowing { value in
            Task {
                await http.handle(value: value, logger: self.logger)
                self.connections.leave(channel)
            }
            try ConnectionWatch.add(to: channel, of: self.connections, self.limits)
            try AnswerHeaders.add(to: channel)
        }.flatMapErrorThrowing { error in
            self.connections.leave(channel)
            throw error
        }
    }

    private struct TooManyConnections: Error {}

    @concurrent private func respond(
        _ request: HummingbirdCore.Request, _ writer: consuming ResponseWriter, _ channel: any Channel
    ) async throws {
        let taken = TakenBytes(transit)
        defer { withExtendedLifetime(taken) {} }
        var (response, isLast) = await response(to: request, channel, taken)
        var answer: AdminAnswer
        switch response {
        case .answer(let whole): answer = whole
        case .events where request.method == .head: return try await writer.writeResponse(Self.streamHead)
        case .events(let live):
            if let stream = EventStream(live, on: channel, places: followers) {
                return try await stream.write(Self.streamHead, to: writer)
            }
            answer = Self.fullyFollowed
            isLast = true
        }
        if !taken.take(answer.body.count) { answer = Self.busy }
        var headers = HTTPFields()
        for field in answer.fields {
            if let name = HTTPFields.Element.Name(field.name) { headers[name] = field.value }
        }
        headers[.contentType] = answer.contentType
        headers[.contentLength] = String(answer.body.count)
        // What is left of a request that was not read to its end must not be taken for the next one.
        if isLast { headers[.connection] = "close" }
        let head = HTTPResponse(status: .init(code: answer.status), headerFields: headers)
        if request.method == .head {
            try await writer.writeResponse(head)
        } else {
            try await writer.write(response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
        }
    }

    /// What is sent, and whether the connection ends with it.
    private func response(
        to request: HummingbirdCore.Request, _ channel: any Channel, _ taken: TakenBytes
    ) async -> (AdminResponse, isLast: Bool) {
        let length = request.headers[.contentLength]
        let hasBody = request.headers[.transferEncoding] != nil || (length != nil && length != "0")
        let access = access(of: channel)
        let credentials = Self.credentials(of: request)
        guard var asked = AdminRequest(method: request.method.rawValue, target: request.head.path ?? "") else {
            // It may be meant for the API: who may not ask there is told nothing else here either.
            let problem =
                access.refusal(credentials, path: ["api"])
                ?? Problem(400, "the request's target is no path with well-formed escapes")
            return (.answer(problem.answer), true)
        }
        if let refusal = access.refusal(credentials, path: asked.path) { return (.answer(refusal.answer), hasBody) }
        let route = Route(asked.path)
        // Nobody waits for a body that nothing reads.
        guard hasBody, route?.methods.contains("POST") == true else { return (await routes.respond(asked), hasBody) }
        let limit = route?.maxBodyBytes ?? AdminLimits.bodyBytes
        let tooLarge = AdminResponse.answer(Problem(413, "the body is over \(limit) bytes").answer)
        let declared = length.flatMap { Int($0) }
        if let declared, declared > limit { return (tooLarge, true) }
        let reserved = declared ?? limit
        guard taken.take(reserved) else { return (.answer(Self.busy), true) }
        do {
            asked.body = Array(buffer: try await request.body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            return (tooLarge, true)
        } catch {
            return (.answer(Problem(400, "the body did not arrive").answer), true)
        }
        return (await routes.respond(asked), false)
    }

    private static var busy: AdminAnswer {
        Problem.busy("too much is being asked at once; ask again in a moment", retryAfter: 1).answer
    }

    private static var fullyFollowed: AdminAnswer {
        Problem.busy("too many follow the live events already; end one of them, or ask again later", retryAfter: 10)
            .answer
    }

    private static var streamHead: HTTPResponse {
        var headers = HTTPFields()
        headers[.contentType] = LiveFrames.contentType
        // nginx would hold the events back until it has a buffer full of them.
        if let name = HTTPFields.Element.Name("x-accel-buffering") { headers[name] = "no" }
        return HTTPResponse(status: .ok, headerFields: headers)
    }

    private func access(of channel: any Channel) -> AdminAccess {
        switch kind {
        case .socket: .socket
        case .tcp(let admin): AdminAccess(token: admin.token, port: channel.localAddress?.port ?? admin.port)
        }
    }

    private static func credentials(of request: HummingbirdCore.Request) -> AdminAccess.Credentials {
        var credentials = AdminAccess.Credentials()
        // Of several Host headers the first is the authority, and the others stay headers.
        if let host = request.head.authority { credentials.hosts.append(host) }
        for field in request.headers {
            switch field.name.canonicalName {
            case "host": credentials.hosts.append(field.value)
            case "origin": credentials.origins.append(field.value)
            case "authorization": credentials.authorizations.append(field.value)
            default: break
            }
        }
        return credentials
    }
}

/// The bytes that one request takes of a budget: given back when it ends, however it does.
private final class TakenBytes: Sendable {
    private let budget: ByteBudget
    private let count = Mutex(0)

    init(_ budget: ByteBudget) {
        self.budget = budget
    }

    deinit {
        budget.giveBack(count.withLock { $0 })
    }

    /// Small ones are not counted: every connection may have one, so that `/healthz` is answered whatever the others do.
    func take(_ more: Int) -> Bool {
        guard more > AdminLimits.bodyBytes else { return true }
        guard budget.take(more) else { return false }
        count.withLock { $0 += more }
        return true
    }
}
