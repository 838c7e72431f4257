import Glibc

/// A small disk of its own: a tmpfs, which only root may mount.
///
/// Unmounted with its owner.
final class MountedFolder {
    let path: String

    static let isAllowed: Bool = {
        guard let folder = try? TemporaryFolder(), mount("tmpfs", folder.path, "tmpfs", 0, "size=64k") == 0 else {
            return false
        }
        return umount(folder.path) == 0
    }()

    private let folder: TemporaryFolder

    /// `size` as tmpfs takes it: `2m`.
    init(size: String) throws {
        folder = try TemporaryFolder()
        path = folder.path
        try Self.check(mount("tmpfs", path, "tmpfs", 0, "size=\(size)"))
    }

    deinit {
        umount2(path, CInt(MNT_DETACH))
    }

    func resize(_ size: String) throws {
        try Self.check(mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT), "size=\(size)"))
    }

    func makeReadOnly() throws {
        try Self.check(mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil))
    }

    func path(_ name: String) -> String { path + "/" + name }

    private static func check(_ code: CInt) throws {
        if code != 0 { throw Failure(code: errno) }
    }

    struct Failure: Error {
        let code: CInt
    }
}
