import Glibc

/// The process's limit of open files.
enum OpenFiles {
    /// Raises the soft limit to the hard one: each attempt in flight and each kept connection is a descriptor, and a shell's
    /// soft limit of 1,024 would be reached by a few dozen destinations.
    static func raiseLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}
