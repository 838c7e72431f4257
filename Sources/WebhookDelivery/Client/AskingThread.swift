import CCurl
import Glibc
import Synchronization

/// The thread on which an `HTTPClient` has its transfers: libcurl's calls block, and tasks must not.
///
/// `@unchecked Sendable`: `multi` is driven by the thread alone, others call only `curl_multi_wakeup` on it, which libcurl
/// allows from any thread; what is handed over lies in a mutex.
final class AskingThread: @unchecked Sendable {
    /// Transfers at a time: each feed has one payment in flight, and asks a few RPCs beside it.
    static let maxRunning = 8
    /// Questions that wait for one of these to end; more is a fault of who asks.
    static let maxWaiting = 256

    private typealias Continuation = CheckedContinuation<Result<HTTPClient.Answer, HTTPClient.Failure>, Never>

    private struct Waiting {
        let id: Int
        let question: HTTPClient.Question
        let continuation: Continuation
    }

    private struct State {
        var nextID = 0
        var isStarted = false
        var isEnding = false
        var waiting: [Waiting] = []
        /// Those that the thread has taken, with whom to tell.
        var running: [Int: Continuation] = [:]
        /// Of these, those that nobody waits for any longer.
        var cancelled: Set<Int> = []
    }

    private let multi: UnsafeMutableRawPointer
    private let policy: AddressPolicy
    private let state = Mutex(State())

    init(policy: AddressPolicy) {
        CurlOptions.prepareProcess
        guard let multi = curl_multi_init() else { fatalError("libcurl has no memory for its transfers") }
        self.multi = multi
        self.policy = policy
    }

    deinit {
        // The thread holds this object: it has ended, and with it every transfer.
        curl_multi_cleanup(multi)
    }

    /// What came of the question.
    func ask(_ question: HTTPClient.Question) async -> Result<HTTPClient.Answer, HTTPClient.Failure> {
        if let fault = AskedTransfer.fault(of: question) {
            return .failure(HTTPClient.Failure(fault, mayHaveLeft: false))
        }
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { add(Waiting(id: id, question: question, continuation: $0)) }
        } onCancel: {
            cancel(id)
        }
    }

    /// Lets the thread end; nobody asks any longer.
    func end() {
        state.withLock { $0.isEnding = true }
        curl_multi_wakeup(multi)
    }

    private func add(_ waiting: Waiting) {
        var starts = false
        let refusal: String? = state.withLock { state in
            // Where it was cancelled before this lock, `cancel` found nothing; later it finds this.
            if Task.isCancelled { return Self.cancelled }
            guard state.waiting.count < Self.maxWaiting else { return "\(Self.maxWaiting) requests wait already" }
            state.waiting.append(waiting)
            starts = !state.isStarted
            state.isStarted = true
            return nil
        }
        if let refusal {
            waiting.continuation.resume(returning: .failure(HTTPClient.Failure(refusal, mayHaveLeft: false)))
        } else if starts {
            startThread(named: "http-client") { self.run() }
        } else {
            curl_multi_wakeup(multi)
        }
    }

    private static let cancelled = "it was cancelled"

    private func cancel(_ id: Int) {
        let waiting: Waiting? = state.withLock { state in
            if let place = state.waiting.firstIndex(where: { $0.id == id }) { return state.waiting.remove(at: place) }
            if state.running[id] != nil { state.cancelled.insert(id) }
            return nil
        }
        if let waiting {
            waiting.continuation.resume(returning: .failure(HTTPClient.Failure(Self.cancelled, mayHaveLeft: false)))
        } else {
            curl_multi_wakeup(multi)
        }
    }

    // MARK: The thread

    private func run() {
        var transfers: [Int: AskedTransfer] = [:]
        while true {
            let (begun, cancelled, isEnding) = take(running: transfers.count)
            for (id, question) in begun { begin(id, question, &transfers) }
            for id in cancelled {
                guard let transfer = transfers.removeValue(forKey: id) else { continue }
                curl_multi_remove_handle(multi, transfer.handle.easy)
                let mayHaveLeft = transfer.handle.requestMayHaveLeft
                finish(id, .failure(HTTPClient.Failure(Self.cancelled, mayHaveLeft: mayHaveLeft)))
            }
            var count: Int32 = 0
            curl_multi_perform(multi, &count)
            // What ended makes room for what waits.
            if collect(&transfers) || !cancelled.isEmpty { continue }
            if isEnding, transfers.isEmpty { return }
            if curl_multi_poll(multi, nil, 0, 60_000, nil) != CURLM_OK {
                // Out of memory or descriptors: go on at a pace that leaves the processor to others.
                usleep(10_000)
            }
        }
    }

    private func take(running: Int) -> ([(Int, HTTPClient.Question)], Set<Int>, isEnding: Bool) {
        state.withLock { state in
            let begun = state.waiting.prefix(Self.maxRunning - running)
            state.waiting.removeFirst(begun.count)
            for waiting in begun { state.running[waiting.id] = waiting.continuation }
            defer { state.cancelled = [] }
            return (begun.map { ($0.id, $0.question) }, state.cancelled, state.isEnding)
        }
    }

    private func begin(_ id: Int, _ question: HTTPClient.Question, _ transfers: inout [Int: AskedTransfer]) {
        let transfer = AskedTransfer(id, question, policy: policy)
        let code = curl_multi_add_handle(multi, transfer.handle.easy)
        guard code == CURLM_OK else {
            let reason = String(cString: curl_multi_strerror(code))
            return finish(id, .failure(HTTPClient.Failure(reason, mayHaveLeft: false)))
        }
        transfers[id] = transfer
    }

    /// Whether any transfer has ended.
    private func collect(_ transfers: inout [Int: AskedTransfer]) -> Bool {
        var hasEnded = false
        var queued: Int32 = 0
        while let message = curl_multi_info_read(multi, &queued) {
            guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle,
                let pointer = ccurl_get_pointer(easy, CURLINFO_PRIVATE)
            else { continue }
            let code = ccurl_message_result(message)
            let transfer = Unmanaged<AskedTransfer>.fromOpaque(pointer).takeUnretainedValue()
            curl_multi_remove_handle(multi, easy)
            let result = transfer.result(code)
            transfers[transfer.id] = nil
            finish(transfer.id, result)
            hasEnded = true
        }
        return hasEnded
    }

    private func finish(_ id: Int, _ result: Result<HTTPClient.Answer, HTTPClient.Failure>) {
        let continuation = state.withLock { state in
            state.cancelled.remove(id)
            return state.running.removeValue(forKey: id)
        }
        continuation?.resume(returning: result)
    }
}
