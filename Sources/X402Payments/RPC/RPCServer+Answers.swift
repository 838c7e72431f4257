import RelayModel

/// An answer to a request, of which the `result` is still to be read.
struct RPCResult {
    let document: JSONDocument
    let result: JSONNode
    /// Puts the server and the method before a clause, and what was answered after it.
    let fault: @Sendable (String) -> StreamAccess.ChainFault

    func member(_ object: JSONNode?, _ key: String) -> JSONNode? { object.flatMap { document.member($0, key) } }

    /// A whole number from 0.
    func count(_ node: JSONNode?) -> UInt64? {
        guard let node, document.kind(node) == .number else { return nil }
        return UInt64(String(decoding: document.slice(node), as: UTF8.self))
    }

    /// A slot or a block's height, both of which are far below 2^62.
    func place(_ node: JSONNode?) -> UInt64? { count(node).flatMap { $0 < 1 << 62 ? $0 : nil } }

    /// A moment in whole seconds since 1970, within some 30,000 years.
    func time(_ node: JSONNode?) -> Timestamp? {
        guard let seconds = count(node), seconds < 1 << 40 else { return nil }
        return Timestamp(milliseconds: Int64(seconds) * 1000)
    }

    func string(_ node: JSONNode?) -> String? { node.flatMap(document.string) }

    /// Whether it is absent or `null`.
    func isNull(_ node: JSONNode?) -> Bool { node.map { document.kind($0) == .null } ?? true }

    /// Bytes in the form `["<base64>", "base64"]`.
    func base64(_ node: JSONNode?) -> [UInt8]? {
        guard let node, document.kind(node) == .array else { return nil }
        let texts = document.elements(node).map { document.string($0) }
        guard texts.count == 2, texts[1] == "base64", let encoded = texts[0] else { return nil }
        return Base64.decode(encoded.utf8, .canonical)
    }
}

/// An error that an RPC reports in JSON-RPC's own form.
struct RPCError: Error {
    /// Nil where there is none that is a number.
    let code: Int?
    let fault: StreamAccess.ChainFault
}

extension RPCServer {
    /// The levels of an answer's JSON: those read here have six; a transaction's `meta` has some more.
    private static let limits = JSONLimits(maxBytes: RPCRequest.maxAnswerBytes, maxDepth: 64)

    /// The blockhash in the answer to `RPCRequest.latestBlockhash`.
    package func blockhash(
        in answer: StreamAccess.HTTPAnswer, to request: RPCRequest
    ) throws(StreamAccess.ChainFault) -> StreamAccess.Blockhash {
        let read = try result(of: answer, to: request)
        let value = read.member(read.result, "value")
        guard let text = read.string(read.member(value, "blockhash")), let hash = SolanaAddress(text) else {
            throw read.fault("answered without a blockhash of 32 bytes")
        }
        guard let height = read.count(read.member(value, "lastValidBlockHeight")) else {
            throw read.fault("answered without a lastValidBlockHeight")
        }
        return StreamAccess.Blockhash(hash: hash, lastValidBlockHeight: height)
    }

    /// The mint in the answer to `RPCRequest.mint`.
    package func mint(
        _ address: SolanaAddress, in answer: StreamAccess.HTTPAnswer, to request: RPCRequest
    ) throws(StreamAccess.ChainFault) -> SolanaMint {
        let read = try result(of: answer, to: request)
        let value = read.member(read.result, "value")
        guard let value, !read.isNull(value) else { throw read.fault("says that there is no account \(address)") }
        guard let owner = read.string(read.member(value, "owner")).flatMap({ SolanaAddress($0) }),
            let data = read.base64(read.member(value, "data"))
        else { throw read.fault("answered without the owner and the data of \(address)") }
        guard owner == SolanaProgram.token || owner == SolanaProgram.token2022 else {
            throw read.fault("says that \(address) is of \(owner), which is no token program")
        }
        guard Self.isMint(data, of: owner) else { throw read.fault("says that \(address) is no mint") }
        return SolanaMint(address: address, program: owner, decimals: data[44])
    }

    /// Whether an account's data are an initialised mint: byte 44 is its decimals, byte 45 says that it is initialised.
    ///
    /// A mint has 82 bytes. With extensions (Token-2022 only) it is filled up to the 165 of a token account, and the byte behind
    /// them tells the two apart; 355 bytes are a multisignature account, which has no such byte.
    private static func isMint(_ data: [UInt8], of program: SolanaAddress) -> Bool {
        guard data.count >= 82, data[45] == 1 else { return false }
        if data.count == 82 { return true }
        return program == SolanaProgram.token2022 && data.count > 165 && data.count != 355 && data[165] == 1
    }

    /// The result that an answer carries; every way in which it has none is a fault that names server and method.
    func result(
        of answer: StreamAccess.HTTPAnswer, to request: RPCRequest
    ) throws(StreamAccess.ChainFault) -> RPCResult {
        do {
            return try resultOrError(of: answer, to: request)
        } catch {
            throw error.fault
        }
    }

    /// The same, with the code of an error that is in JSON-RPC's own form.
    func resultOrError(of answer: StreamAccess.HTTPAnswer, to request: RPCRequest) throws(RPCError) -> RPCResult {
        let (status, body): (Int, [UInt8])
        switch answer {
        case .failed(let reason, _):
            let clause = "\(name), asked \(request.method), gave no answer: \(excerpt(Array(reason.utf8)))"
            throw RPCError(code: nil, fault: StreamAccess.ChainFault(clause))
        case .received(let received, _, let bytes): (status, body) = (received, bytes)
        }
        let shown = excerpt(body)
        let start = "\(name), asked \(request.method),"
        let fault: @Sendable (String) -> StreamAccess.ChainFault = {
            StreamAccess.ChainFault("\(start) \($0): \(shown)")
        }
        func refusal(_ clause: String, code: Int? = nil) -> RPCError { RPCError(code: code, fault: fault(clause)) }

        guard (200..<300).contains(status) else { throw refusal("answered with status \(status)") }
        guard let document = try? JSONParser(limits: Self.limits).parse(body) else {
            let allowed = "JSON of at most \(RPCRequest.maxAnswerBytes) bytes"
            throw refusal("answered \(body.count) bytes that are not \(allowed)")
        }
        let root = document.root
        guard document.kind(root) == .object, document.member(root, "jsonrpc").flatMap(document.string) == "2.0" else {
            throw refusal("answered no JSON-RPC 2.0")
        }
        if let error = document.member(root, "error"), document.kind(error) != .null {
            let code = document.member(error, "code").flatMap {
                Int(String(decoding: document.slice($0), as: UTF8.self))
            }
            let message = document.member(error, "message").flatMap(document.string) ?? ""
            let clause = "\(start) answered error \(code.map(String.init) ?? "without a code")"
            throw RPCError(
                code: code, fault: StreamAccess.ChainFault("\(clause): \(excerpt(Array(message.utf8)))"))
        }
        guard document.member(root, "id").flatMap(document.number) == DecimalNumber("\(request.id)") else {
            throw refusal("answered another request than the one with id \(request.id)")
        }
        guard let result = document.member(root, "result") else { throw refusal("answered without a result") }
        return RPCResult(document: document, result: result, fault: fault)
    }
}
