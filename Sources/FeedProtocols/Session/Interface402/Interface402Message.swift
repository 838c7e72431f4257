import RelayModel

/// The messages that an interface402 client sends.
enum Interface402Message {
    static let ping = Array(#"{"method":"ping"}"#.utf8)

    static func authenticate(_ apiKey: Secret) -> [UInt8] {
        var output = Array(#"{"method":"authenticate","apiKey":"#.utf8)
        JSONEscapes.append(apiKey.revealed, to: &output)
        output.append(UInt8(ascii: "}"))
        return output
    }

    static func subscribe(_ keys: [String]) -> [UInt8] { message("subscribe", keys) }

    static func unsubscribe(_ keys: [String]) -> [UInt8] { message("unsubscribe", keys) }

    private static func message(_ method: String, _ keys: [String]) -> [UInt8] {
        var output = Array(#"{"method":"\#(method)","keys":["#.utf8)
        for (index, key) in keys.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            JSONEscapes.append(key, to: &output)
        }
        output.append(contentsOf: "]}".utf8)
        return output
    }
}
