import CCurl
import RelayModel

/// One question on its way: a handle of its own, and a connection of its own.
///
/// A new connection is cheap beside what hangs on the answer: none is found closed when a payment is sent over it, and none
/// was opened with other credentials or another CA.
final class AskedTransfer {
    let id: Int
    let handle: CurlHandle
    private let question: HTTPClient.Question
    private let memory = RequestMemory()
    private let headerList: UnsafeMutablePointer<curl_slist>?

    init(_ id: Int, _ question: HTTPClient.Question, policy: AddressPolicy) {
        self.id = id
        self.question = question
        handle = CurlHandle(policy: policy, limits: .answer(maxBodyBytes: question.maxBodyBytes))
        var lines = CurlOptions.headerLines + question.headers.map { CurlOptions.headerLine($0.name, $0.value) }
        // Without one libcurl would call every body a form.
        if !question.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        headerList = CurlOptions.headerList(lines)
        setOptions()
    }

    deinit {
        curl_slist_free_all(headerList)
    }

    private func setOptions() {
        let easy = handle.easy
        CurlOptions.set(
            of: easy, url: question.url, timeout: question.timeout, connectTimeout: question.connectTimeout, proxy: nil,
            caFile: question.caFile)
        CurlOptions.setLong(easy, CURLOPT_FRESH_CONNECT, 1)
        CurlOptions.setLong(easy, CURLOPT_FORBID_REUSE, 1)
        if question.method == "POST" {
            CurlOptions.setLong(easy, CURLOPT_POST, 1)
            memory.setBody(question.body)
            memory.setBody(of: easy)
        }
        expectTaken(ccurl_set_list(easy, CURLOPT_HTTPHEADER, headerList))
        expectTaken(ccurl_set_pointer(easy, CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque()))
    }

    /// What came of it: an answer only where all of it came.
    func result(_ code: CURLcode) -> Result<HTTPClient.Answer, HTTPClient.Failure> {
        let answer = handle.answer
        guard code == CURLE_OK, let status = answer.status else {
            return .failure(HTTPClient.Failure(handle.failure(code).reason, mayHaveLeft: handle.requestMayHaveLeft))
        }
        return .success(HTTPClient.Answer(status: status, headers: answer.headers, body: answer.body))
    }

    /// Why a question cannot be sent as it is, as a clause; nil where it can.
    static func fault(of question: HTTPClient.Question) -> String? {
        guard question.method == "GET" || question.method == "POST" else {
            return "the method \(question.method) is neither GET nor POST"
        }
        let broken = question.headers.first { header in
            (header.name + header.value).utf8.contains { $0 < 0x20 || $0 == 0x7F }
        }
        return broken.map { "the header \(TerminalText.escaped($0.name)) holds a control character" }
    }
}

extension AnswerReader.Limits {
    /// Of an answer to `HTTPClient`.
    static func answer(maxBodyBytes: Int) -> AnswerReader.Limits {
        AnswerReader.Limits(
            headers: HTTPClient.maxAnswerBytes, body: maxBodyBytes, keptBody: maxBodyBytes, keepsHeaders: true)
    }
}
