import CCurl
import Glibc
package import RelayConfig
import RelayModel
import Synchronization

/// Sends with libcurl's multi interface on the thread that calls `wait`.
///
/// `@unchecked Sendable`: all but `wake` is used from one thread at a time, as `HTTPTransport` says; `wake` touches only
/// an atomic and `curl_multi_wakeup`, which libcurl allows from any thread.
package final class CurlTransport: HTTPTransport, @unchecked Sendable {
    /// Connections kept for the next request.
    ///
    /// Without a number libcurl keeps four for each request in flight and closes the others when the load sinks. Each costs a
    /// descriptor here and at the receiver.
    static let idleConnections = 256

    private let multi: UnsafeMutableRawPointer
    private let policy: AddressPolicy
    private var endpoints: [String: CurlEndpoint] = [:]
    /// Those that were replaced while requests of theirs were under way: each goes with the last of these.
    private(set) var leaving: [CurlEndpoint] = []
    private var ended: [HTTPResult] = []
    private let isWoken = Atomic<Bool>(false)

    /// For these destinations, each an endpoint under its name.
    package convenience init(destinations: [DestinationConfiguration]) {
        self.init(destinations: destinations, policy: .standard)
    }

    init(destinations: [DestinationConfiguration], policy: AddressPolicy) {
        CurlOptions.prepareProcess
        guard let multi = curl_multi_init() else { fatalError("libcurl has no memory for its transfers") }
        self.multi = multi
        self.policy = policy
        let code = ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, Self.idleConnections)
        precondition(code == CURLM_OK, "libcurl refused CURLMOPT_MAXCONNECTS")
        replace(destinations)
    }

    deinit {
        cancelAll()
        // The handles, then the connections, then what both share.
        curl_multi_cleanup(multi)
    }

    package func replace(_ destinations: [DestinationConfiguration]) {
        let earlier = endpoints
        endpoints = [:]
        for destination in destinations {
            let name = destination.name
            let kept = earlier[name].flatMap { $0.sends(like: destination) ? $0 : nil }
            endpoints[name] = kept ?? CurlEndpoint(destination, policy: policy)
        }
        leaving += earlier.values.filter { $0.isBusy && endpoints[$0.destination.name] !== $0 }
    }

    package func start(_ requests: [HTTPRequest]) {
        for request in requests { start(request) }
    }

    private func start(_ request: HTTPRequest) {
        guard let endpoint = endpoints[request.endpoint] else {
            return refuse(request, .connect, "no destination is called \(request.endpoint); see the configuration")
        }
        if let address = endpoint.refusedLiteral {
            return refuse(request, .address, CurlFailure.refusal(of: address) + CurlFailure.refusalRemedy)
        }
        let transfer = endpoint.takeTransfer()
        transfer.prepare(request)
        let code = curl_multi_add_handle(multi, transfer.handle.easy)
        guard code == CURLM_OK else {
            endpoint.giveBack(transfer)
            return refuse(request, .connect, String(cString: curl_multi_strerror(code)))
        }
    }

    private func refuse(_ request: HTTPRequest, _ stage: TransportFailure.Stage, _ reason: String) {
        let failure = TransportFailure(stage: stage, requestSent: false, reason: reason)
        ended.append(HTTPResult(token: request.token, outcome: .failed(failure), duration: .zero))
    }

    package func wait(timeout: Duration) -> [HTTPResult] {
        let deadline = ContinuousClock.now + timeout
        while true {
            var running: Int32 = 0
            curl_multi_perform(multi, &running)
            collect()
            let wasWoken = isWoken.exchange(false, ordering: .acquiring)
            if !ended.isEmpty || wasWoken { break }
            let left = deadline - ContinuousClock.now
            guard left > .zero else { break }
            let milliseconds = Int32(min(left.wholeMilliseconds, 60_000))
            if curl_multi_poll(multi, nil, 0, milliseconds, nil) != CURLM_OK {
                // Out of memory or descriptors: go on at a pace that leaves the processor to others.
                usleep(10_000)
            }
        }
        defer { ended = [] }
        return ended
    }

    package func wake() {
        if !isWoken.exchange(true, ordering: .releasing) { curl_multi_wakeup(multi) }
    }

    package func cancelAll() {
        for endpoint in Array(endpoints.values) + leaving {
            for transfer in endpoint.transfers where transfer.isActive {
                curl_multi_remove_handle(multi, transfer.handle.easy)
                endpoint.giveBack(transfer)
            }
        }
        leaving = []
        ended.removeAll()
    }

    private func collect() {
        var queued: Int32 = 0
        while let message = curl_multi_info_read(multi, &queued) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let pointer = ccurl_get_pointer(easy, CURLINFO_PRIVATE)
            else { continue }
            let code = ccurl_message_result(message)
            let transfer = Unmanaged<CurlTransfer>.fromOpaque(pointer).takeUnretainedValue()
            let microseconds = ccurl_get_offset(easy, CURLINFO_TOTAL_TIME_T)
            ended.append(
                HTTPResult(
                    token: transfer.token, outcome: outcome(of: transfer, code: code),
                    duration: .microseconds(Int64(microseconds))))
            curl_multi_remove_handle(multi, easy)
            let endpoint = transfer.endpoint
            endpoint.giveBack(transfer)
            if !endpoint.isBusy { leaving.removeAll { $0 === endpoint } }
        }
    }

    /// Where a status was received the status decides, however the transfer ended: the receiver has said what it has to say.
    private func outcome(of transfer: CurlTransfer, code: CURLcode) -> AttemptOutcome {
        let answer = transfer.handle.answer
        if let status = answer.status {
            return .answered(status: status, retryAfter: answer.retryAfter, body: answer.body)
        }
        var failure = transfer.handle.failure(code)
        failure.usesProxy = transfer.endpoint.destination.proxy != nil
        failure.tunnelStatus = ccurl_get_long(transfer.handle.easy, CURLINFO_HTTP_CONNECTCODE)
        return .failed(failure.transportFailure)
    }
}
