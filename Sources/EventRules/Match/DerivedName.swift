import RelayModel

/// The fields that the relay derives; a name at the event's top level only.
enum DerivedName: String, CaseIterable, Sendable {
    case feed, wallet, sender, recipient, amount, mint

    /// The field that `path` begins with.
    init?(first path: [String]) {
        guard let name = path.first else { return nil }
        self.init(rawValue: name)
    }

    /// The field that `path` is.
    init?(path: [String]) {
        guard path.count == 1 else { return nil }
        self.init(first: path)
    }

    /// Its values are addresses: EVM ones compare without case, and a rule may name them in a file.
    var isAddress: Bool {
        switch self {
        case .wallet, .sender, .recipient, .mint: true
        case .feed, .amount: false
        }
    }

    /// It belongs to a transfer: one transfer has to satisfy all that is asked of such fields.
    var isOfTransfer: Bool {
        switch self {
        case .sender, .recipient, .amount, .mint: true
        case .feed, .wallet: false
        }
    }

    func value(in transfer: DerivedFields.Transfer) -> DerivedFields.Value {
        switch self {
        case .sender: transfer.sender
        case .recipient: transfer.recipient
        case .amount: transfer.amount
        case .mint: transfer.mint
        case .feed, .wallet: .absent
        }
    }
}
