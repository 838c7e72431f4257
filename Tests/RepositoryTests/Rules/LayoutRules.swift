/// How long files and how full folders may be, and which files can be run.
enum LayoutRules {
    static let all = [fileLength, folderSize, runBits, scripts]

    /// A file or folder past these asks for a name for its parts.
    static let maxLines = 400
    static let maxFiles = 12

    private static let judged = ["Sources/", "Tests/", "deploy/", ".ci/"]

    private static let fileLength = TidyRule(
        name: "no program text past \(maxLines) lines",
        bad: [
            Repository(["Sources/A/B.swift": String(repeating: "\n", count: maxLines + 1)]),
            Repository(["deploy/test": "#!/bin/sh\n" + String(repeating: ":\n", count: maxLines)]),
        ],
        good: [
            Repository(["Sources/A/B.swift": String(repeating: "\n", count: maxLines)]),
            Repository(["Sources/A/README.md": String(repeating: "\n", count: maxLines + 1)]),
        ]
    ) { repository in
        repository.files.compactMap { path, file in
            let name = path.split(separator: "/").last ?? ""
            let isProgram = [".swift", ".py", ".h", ".sh"].contains { name.hasSuffix($0) } || !name.contains(".")
            guard isProgram, judged.contains(where: path.hasPrefix) else { return nil }
            let lines = file.text.utf8.count { $0 == UInt8(ascii: "\n") }
            guard lines > maxLines else { return nil }
            return Finding(
                path: path, problem: "\(lines) lines, \(maxLines) are allowed: name a part of it and move it out")
        }
    }

    private static let folderSize = TidyRule(
        name: "no folder past \(maxFiles) files",
        bad: [sample(ofFiles: maxFiles + 1, in: "Sources/A")],
        good: [sample(ofFiles: maxFiles, in: "Sources/A"), sample(ofFiles: maxFiles + 1, in: "Tests/ATests/Cases")]
    ) { repository in
        var counts: [String: Int] = [:]
        for path in repository.paths where judged.contains(where: path.hasPrefix) {
            counts[path.split(separator: "/").dropLast().joined(separator: "/"), default: 0] += 1
        }
        return counts.compactMap { folder, count in
            // A folder of cases is a table whose rows are files.
            guard count > maxFiles, !folder.split(separator: "/").contains("Cases") else { return nil }
            return Finding(
                path: folder, problem: "\(count) files, \(maxFiles) are allowed: name a topic, make it a folder")
        }
    }

    private static let runBits = TidyRule(
        name: "what begins with #! can be run, and nothing else",
        bad: [
            Repository(["deploy/a": "#!/bin/sh\n"]),
            Repository(files: ["README.md": Repository.File(text: "# Title\n", isExecutable: true)]),
        ],
        good: [
            Repository(files: ["deploy/a": Repository.File(text: "#!/bin/sh\n", isExecutable: true)]),
            Repository(["README.md": "# Title\n"]),
        ]
    ) { repository in
        repository.files.compactMap { path, file in
            guard file.text.hasPrefix("#!") != file.isExecutable else { return nil }
            return Finding(
                path: path,
                problem: file.isExecutable ? "executable without #!: chmod -x" : "#! but not executable: chmod +x")
        }
    }

    private static let entryPoints = ["deploy/test", "deploy/quickstart", ".ci/run"]
    private static let script = Repository.File(text: "#!/bin/sh\n", isExecutable: true)

    private static let scripts = TidyRule(
        name: "the scripts that the README names are there",
        bad: [Repository(files: ["deploy/test": script])],
        good: [Repository(files: Dictionary(uniqueKeysWithValues: entryPoints.map { ($0, script) }))]
    ) { repository in
        entryPoints.filter { repository.files[$0] == nil }.map { Finding(path: $0, problem: "missing") }
    }

    private static func sample(ofFiles count: Int, in folder: String) -> Repository {
        Repository(Dictionary(uniqueKeysWithValues: (0..<count).map { ("\(folder)/F\($0).swift", "") }))
    }
}
