/// An answer to the question how the relay stands.
struct StatusLook {
    let body: [UInt8]
    let fields: JSONFields
}

/// How the status is shown.
struct StatusForm {
    let isJSON: Bool
    /// All feeds and destinations, however many there are.
    let showsAll: Bool
    /// Drawn over what was there before.
    let isScreen: Bool

    /// As one text: for a terminal in its width and colours, else in lines of any length.
    func text(_ look: StatusLook, _ terminal: Terminal) -> String {
        guard !isJSON else { return String(decoding: look.body, as: UTF8.self) }
        return StatusScreen.lines(look.fields, width: terminal.size?.columns, showsAll: showsAll)
            .map { $0.text(isColoured: terminal.isColoured) }.joined(separator: "\n")
    }
}
