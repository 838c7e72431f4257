import Glibc

/// What a file holds.
package struct FileContents: Sendable {
    package var bytes: [UInt8]
    /// The file's mode lets group or others read it.
    package var isOpenToOthers: Bool

    package init(bytes: [UInt8], isOpenToOthers: Bool = false) {
        self.bytes = bytes
        self.isOpenToOthers = isOpenToOthers
    }
}

/// Why a file could not be read.
package struct FileFault: Error, Hashable, Sendable {
    /// A clause that follows the file's name: `does not exist`.
    package let reason: String

    package init(reason: String) {
        self.reason = reason
    }
}

/// Reads files of the local disk whole.
package enum LocalFile {
    /// The contents of the file at `path`, pipes included; blocks until they are read.
    package static func read(_ path: String) -> Result<FileContents, FileFault> {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .failure(fault(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return .failure(fault(errno)) }
        guard status.st_mode & S_IFMT != S_IFDIR else { return .failure(FileFault(reason: "is a folder, not a file")) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                return .failure(fault(errno))
            }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= maxBytes else {
                return .failure(FileFault(reason: "is larger than \(maxBytes) bytes"))
            }
        }
        return .success(FileContents(bytes: bytes, isOpenToOthers: status.st_mode & (S_IRGRP | S_IROTH) != 0))
    }

    /// The largest file taken: what the JSON parser takes of a configuration, and four million lines of addresses.
    private static let maxBytes = 256 << 20

    private static func fault(_ code: Int32) -> FileFault {
        switch code {
        case ENOENT, ENOTDIR: FileFault(reason: "does not exist")
        case EACCES, EPERM: FileFault(reason: "cannot be read: permission denied")
        default: FileFault(reason: "cannot be read: \(String(cString: strerror(code)))")
        }
    }

    /// `path` as an absolute one: relative ones start at `folder`.
    static func absolute(_ path: String, in folder: String) -> String {
        if path.hasPrefix("/") { return path }
        let relative = path.hasPrefix("./") ? String(path.dropFirst(2)) : path
        return folder.hasSuffix("/") ? folder + relative : folder + "/" + relative
    }

    /// The folder of the file at `path`, absolute.
    static func folder(of path: String) -> String {
        let folder = path.lastIndex(of: "/").map { String(path[..<$0]) }
        switch folder {
        case ""?: return "/"
        case let folder? where folder.hasPrefix("/"): return folder
        case let folder?: return absolute(folder, in: workingFolder)
        case nil: return workingFolder
        }
    }

    static var workingFolder: String {
        guard let text = getcwd(nil, 0) else { return "." }
        defer { free(text) }
        return String(cString: text)
    }
}
