/// A word that may not stand in some of the files, and what to use instead.
struct BannedWord: Sendable {
    enum Scope: Sendable {
        /// Swift code, comments and texts left out, in files whose path begins with one of these.
        case code([String])
        /// The same, unless the line before is a comment.
        case uncommentedCode([String])
        /// Every text file as it is.
        case anywhere
    }

    let word: String
    let scope: Scope
    let instead: String
    /// Paths that begin with one of these are free of the rule; each has its reason where it is given.
    var except: [String] = []

    private static let swift = ["Sources/", "Tests/"]
    /// What must come out the same on every run: time and randomness are arguments.
    private static let pure = [
        "Sources/RelayModel/JSON/", "Sources/FeedProtocols/", "Sources/EventRules/", "Sources/DeliveryPlanning/",
        "Sources/RelayConfig/",
    ]
    /// Where an amount passes.
    private static let exact = [
        "Sources/RelayModel/", "Sources/EventRules/", "Sources/FeedProtocols/", "Sources/WebhookSigning/",
        "Sources/RelayAssembly/", "Sources/OutboxStorage/", "Sources/FeedSimulation/",
    ]

    static let all = [
        // It brings 40 MB of ICU into the binary; tests may have it.
        BannedWord(word: "import Foundation", scope: .code(["Sources/"]), instead: "Glibc, or FoundationEssentials"),
        BannedWord(word: "import XCTest", scope: .code(swift), instead: "Testing"),
        BannedWord(word: "try!", scope: .code(swift), instead: "try, and an error that says what to do"),
        BannedWord(word: "as!", scope: .code(swift), instead: "as?, and what happens when it is nil"),
        BannedWord(word: "Task.detached", scope: .code(swift), instead: "a child task, or an owner that ends it"),
        BannedWord(word: "public", scope: .code(swift), instead: "package"),
        BannedWord(word: "open class", scope: .code(swift), instead: "package final class"),
        BannedWord(
            word: "print(", scope: .code(["Sources/"]), instead: "Console in a command, the log elsewhere",
            except: ["Sources/RelayCommand/"]),
        BannedWord(
            word: "fatalError(", scope: .code(["Sources/"]), instead: "a thrown error, or a type in which it cannot be",
            // libcurl answers nil when memory has run out, where Swift itself ends the program.
            except: ["Sources/WebhookDelivery/Curl/", "Sources/WebhookDelivery/Client/AskingThread.swift"]),
        BannedWord(
            word: "@unchecked Sendable", scope: .uncommentedCode(swift),
            instead: "Sendable, or a comment on the line before that says what guards it"),
        BannedWord(
            word: "nonisolated(unsafe)", scope: .uncommentedCode(swift),
            instead: "a Mutex, or a comment on the line before that says what guards it"),
        BannedWord(
            word: "Task.sleep", scope: .code(["Tests/"]), instead: "waiting for a fact: a stream, a continuation"),
        BannedWord(word: "usleep(", scope: .code(["Tests/"]), instead: "waiting for a fact: a stream, a continuation"),
        BannedWord(word: "sleep(", scope: .code(["Tests/"]), instead: "waiting for a fact: a stream, a continuation"),
        BannedWord(word: ".disabled(", scope: .code(["Tests/"]), instead: "a repaired test, or none"),
        BannedWord(word: "withKnownIssue", scope: .code(["Tests/"]), instead: "a repaired test, or none"),
        BannedWord(word: "Double", scope: .code(exact), instead: "DecimalNumber, or the number's text"),
        BannedWord(word: "Float", scope: .code(exact), instead: "DecimalNumber, or the number's text"),
        BannedWord(word: "Decimal", scope: .code(exact), instead: "DecimalNumber, or the number's text"),
        BannedWord(word: "ContinuousClock", scope: .code(pure), instead: "an argument `now`"),
        BannedWord(word: "RelayClock", scope: .code(pure), instead: "an argument `now`"),
        BannedWord(word: "clock_gettime", scope: .code(pure), instead: "an argument `now`"),
        BannedWord(
            word: "SystemRandomNumberGenerator", scope: .code(pure),
            instead: "an argument `inout some RandomNumberGenerator`"),
        // Written in two halves, since these rules read this file too.
        BannedWord(word: "TO" + "DO", scope: .anywhere, instead: "doing it, or an issue"),
        BannedWord(word: "FIX" + "ME", scope: .anywhere, instead: "fixing it, or an issue"),
        BannedWord(word: "../sha" + "red", scope: .anywhere, instead: "what a clone holds"),
        BannedWord(word: "/wo" + "rk/", scope: .anywhere, instead: "what a clone holds"),
    ]

    /// The ban as a rule; its samples follow from it.
    var rule: TidyRule {
        TidyRule(name: "no `\(word)`", bad: bad, good: good) { repository in
            findings(in: repository)
        }
    }

    private var bad: [Repository] {
        switch scope {
        case .code(let folders): folders.map { Repository([$0 + "Sample.swift": "let a = 1\n\(word) a\n"]) }
        case .uncommentedCode(let folders): folders.map { Repository([$0 + "Sample.swift": "let a = 1\n\(word) a\n"]) }
        case .anywhere:
            ["README.md", "deploy/test", "Sources/X/Y.swift"].map { Repository([$0: "// see \(word) here"]) }
        }
    }

    private var good: [Repository] {
        switch scope {
        case .code(let folders):
            [
                Repository([folders[0] + "Sample.swift": "// \(word)\nlet a = \"\(word)\"\n/* \(word) */\n"]),
                Repository(["README.md": word]),
            ] + except.map { Repository([$0 + "Sample.swift": word]) }
        case .uncommentedCode(let folders):
            [Repository([folders[0] + "Sample.swift": "// The lock guards it.\nfinal class A: \(word) {\n"])]
        case .anywhere: [Repository(["README.md": "nothing"])]
        }
    }

    private func findings(in repository: Repository) -> [Finding] {
        repository.paths.flatMap { path in
            lines(of: path, in: repository).map { line in
                Finding(path: path, line: line, problem: "`\(word)` is not used here: \(instead)")
            }
        }
    }

    private func lines(of path: String, in repository: Repository) -> [Int] {
        guard !except.contains(where: path.hasPrefix) else { return [] }
        switch scope {
        case .code(let folders):
            guard let code = repository.code[path], folders.contains(where: path.hasPrefix) else { return [] }
            return TextSearch.lines(of: word, in: code)
        case .uncommentedCode(let folders):
            guard let code = repository.code[path], let text = repository.files[path]?.text,
                folders.contains(where: path.hasPrefix)
            else { return [] }
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            return TextSearch.lines(of: word, in: code).filter { line in
                guard line >= 2 else { return true }
                return !lines[line - 2].drop(while: { $0 == " " }).hasPrefix("//")
            }
        case .anywhere:
            guard let text = repository.files[path]?.text else { return [] }
            return TextSearch.lines(of: word, in: Array(text.utf8))
        }
    }
}
