import Foundation
import Testing

/// What `deploy` runs, held against the binary.
@Suite struct PackageTests {
    private static let deploy = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("deploy")

    private static func text(_ name: String) throws -> String {
        try String(contentsOf: deploy.appendingPathComponent(name), encoding: .utf8)
    }

    @Test func `the configuration of the compose file is one that run takes, and its demonstration secret signs`()
        async throws
    {
        let compose = try Self.text("compose.yaml")
        let secret = try #require(compose.firstMatch(of: /X402_RELAY_SECRET:-(whsec_[^}]+)\}/)?.1)
        let file = Self.deploy.appendingPathComponent("compose/relay.json")
        let check = try await BuiltRelay.run(
            ["check", "--config", file.path], environment: ["X402_RELAY_SECRET": String(secret)])
        #expect(check.status == 0, "\(check.error)")
        // Among them, what run would refuse.
        #expect(!(check.output + check.error).contains("warning"), "\(check.output)\(check.error)")
    }

    /// The command lines in a file of `deploy`, each without the program's name.
    private static func commandLines(in name: String) throws -> [[String]] {
        let text = try text(name)
        let lines =
            switch name {
            case "Dockerfile":
                // ["x402-relay", "healthcheck", …] after CMD; without the program where ENTRYPOINT has it.
                text.matches(of: /(?m)^ *CMD \[(.+)\]$/).map {
                    $0.1.split(separator: ", ").map { $0.trimmingCharacters(in: ["\""]) }
                }
            case "compose.yaml":
                text.matches(of: /(?m)^ *(?:command: \[|test: \[CMD, )(.+)\]$/).map {
                    $0.1.split(separator: ", ").map { $0.trimmingCharacters(in: ["\""]) }
                }
            default:
                text.matches(of: /(?m)^Exec[A-Za-z]+=\/usr\/local\/bin\/(.+)$/).map {
                    $0.1.split(separator: " ").map(String.init)
                }
            }
        return lines.map { $0.first == "x402-relay" ? Array($0.dropFirst()) : $0 }
    }

    @Test(arguments: [
        ("Dockerfile", ["healthcheck", "run"]), ("compose.yaml", ["healthcheck", "listen", "run", "simulate"]),
        ("x402-relay.service", ["reload", "run"]),
    ])
    func `the commands that the package runs are the binary's`(_ name: String, _ verbs: [String]) async throws {
        var lines = try Self.commandLines(in: name)
        if name == "compose.yaml" { lines += try Self.commandLines(in: "Dockerfile").filter { $0.first == "run" } }
        #expect(lines.compactMap(\.first).sorted() == verbs)
        for line in lines {
            let verb = try #require(line.first)
            let help = try await BuiltRelay.run(["help", verb])
            #expect(help.output.contains("USAGE: x402-relay \(verb) "), "\(name): \(verb)")
            for option in line where option.hasPrefix("--") {
                #expect(help.output.contains("\(option) <"), "\(name): \(verb) \(option)")
            }
        }
    }
}
