import RelayModel

extension SimulatedTransaction {
    /// The message as the stream sends it to a client with these options and lists: fields in the order of the
    /// vendor's pages.
    func bytes(_ commitment: String, _ options: EventOptions, _ lists: WatchLists) -> [UInt8] {
        var object = JSONObjectWriter()
        object.string("type", "transaction")
        object.string("commitment", commitment)
        object.value("slot", slot)
        object.string("signature", signature)
        if options.format == .enhanced { object.value("timestamp", timestamp.map { "\($0)" } ?? "null") }
        object.value("isVote", false)
        object.value("index", index)
        object.value("err", error ?? "null")
        switch options.format {
        case .raw: writeRaw(options, lists, to: &object)
        case .enhanced: writeEnhanced(options, lists, to: &object)
        }
        if options.includeLogs { object.strings("logs", logs) }
        object.value("computeUnitsConsumed", computeUnits)
        return object.bytes
    }

    private func changes(for options: EventOptions, _ lists: WatchLists) -> [BalanceChange] {
        guard options.includeTokenBalanceChanges else { return [] }
        guard options.filterTokenBalances, !lists.isEmpty else { return balanceChanges }
        return balanceChanges.filter {
            lists.accounts.contains($0.account) || lists.accounts.contains($0.owner)
                || lists.mints.contains($0.token.mint)
        }
    }

    private func writeRaw(_ options: EventOptions, _ lists: WatchLists, to object: inout JSONObjectWriter) {
        if options.includeAccounts { object.strings("accounts", accounts) }
        guard options.includeTokenBalanceChanges else { return }
        object.objects("tokenBalanceChanges", changes(for: options, lists)) { change, entry in
            entry.string("account", change.account)
            entry.string("mint", change.token.mint)
            entry.string("owner", change.owner)
            entry.value("decimals", change.token.decimals)
            entry.string("preAmount", "\(change.before)")
            entry.string("preAmountUi", BalanceChange.units(change.before, change.token))
            entry.string("postAmount", "\(change.after)")
            entry.string("postAmountUi", BalanceChange.units(change.after, change.token))
            entry.string("delta", change.delta)
            entry.string("deltaUi", change.deltaUnits)
        }
    }

    private func writeEnhanced(_ options: EventOptions, _ lists: WatchLists, to object: inout JSONObjectWriter) {
        object.value("fee", fee)
        object.string("feePayer", feePayer)
        if options.includeAccounts { object.strings("accounts", accounts) }
        object.objects("nativeTransfers", natives) { transfer, entry in
            entry.string("fromUserAccount", transfer.from)
            entry.string("toUserAccount", transfer.to)
            entry.value("amount", transfer.lamports)
        }
        object.objects("tokenTransfers", tokens) { transfer, entry in
            entry.string("fromTokenAccount", transfer.fromAccount)
            entry.string("toTokenAccount", transfer.toAccount)
            entry.string("fromUserAccount", transfer.fromUser)
            entry.string("toUserAccount", transfer.toUser)
            entry.value("tokenAmount", transfer.units)
            entry.string("mint", transfer.token.mint)
            entry.string("tokenStandard", "Fungible")
        }
        let changes = changes(for: options, lists)
        object.objects("accountData", accounts.filter { !programs.contains($0) }) { account, entry in
            entry.string("account", account)
            entry.value("nativeBalanceChange", nativeChange(of: account))
            entry.objects("tokenBalanceChanges", changes.filter { $0.account == account }) { change, part in
                part.string("userAccount", change.owner)
                part.string("tokenAccount", change.account)
                part.object("rawTokenAmount") { raw in
                    raw.string("tokenAmount", change.delta)
                    raw.value("decimals", change.token.decimals)
                }
                part.string("mint", change.token.mint)
            }
        }
        if options.includeInstructions { writeInstructions(to: &object) }
    }

    private func writeInstructions(to object: inout JSONObjectWriter) {
        let own = accounts.filter { !programs.contains($0) }
        object.objects("instructions", programs) { program, entry in
            entry.string("programId", program)
            entry.strings("accounts", own)
            entry.string("data", "3Bxs4h24hBtQy9rw")
            entry.value("innerInstructions", "[]")
        }
    }

    private var logs: [String] {
        programs.flatMap { program in
            [
                "Program \(program) invoke [1]",
                error == nil ? "Program \(program) success" : "Program \(program) failed: custom program error: 0x1771",
            ]
        }
    }
}
