/// A rule as a pattern for the relay and as a predicate for the checks.
struct SimulatedRule: Sendable {
    enum Condition: Sendable {
        case all
        case kinds([SimulatedMessage.Kind])
        case recipient(String)
        /// In thousandths.
        case amountAtLeast(Int)
    }

    let name: String
    let condition: Condition
    let deliverTo: [String]

    /// The `match` object.
    var pattern: String {
        switch condition {
        case .all: "{}"
        case .kinds(let kinds): #"{"type":[\#(kinds.map { #""\#($0.rawValue)""# }.joined(separator: ","))]}"#
        case .recipient(let wallet): #"{"recipient":["\#(wallet)"]}"#
        case .amountAtLeast(let amount): #"{"amount":[{"numeric":[">=",\#(amount)e-3]}]}"#
        }
    }

    func matches(_ message: SimulatedMessage) -> Bool {
        switch condition {
        case .all: true
        case .kinds(let kinds): kinds.contains(message.kind)
        case .recipient(let wallet): message.recipient == wallet
        case .amountAtLeast(let amount): message.amount.map { $0 >= amount } ?? false
        }
    }
}
