import Glibc
import RelayModel

/// What this process takes of the machine; nil for what could not be read, as all of /proc where it is not mounted.
struct ProcessFigures: Hashable, Sendable {
    var residentBytes: Int64?
    var virtualBytes: Int64?
    /// User and system time together.
    var cpuTime: Duration?
    var openFiles: Int?
    /// The soft limit; nil where there is none.
    var openFilesLimit: Int64?
    /// By the wall clock.
    var startedAt: Timestamp?

    /// Reads them now: the kernel answers from its memory.
    static func read() -> ProcessFigures {
        var figures = ProcessFigures(stat: contents("/proc/self/stat"), bootedAt: bootTime)
        figures.openFiles = entries("/proc/self/fd")
        figures.openFilesLimit = fileLimit
        // As it was at the first look: a clock that is set later is no restart.
        figures.startedAt = firstStart
        return figures
    }

    private static let firstStart = ProcessFigures(stat: contents("/proc/self/stat"), bootedAt: bootTime).startedAt

    /// What the line of `/proc/self/stat` says (proc(5)); nothing of a line that is not like it.
    init(
        stat: [UInt8], bootedAt: Timestamp, ticksPerSecond: Int64 = Int64(sysconf(Int32(_SC_CLK_TCK))),
        pageSize: Int64 = Int64(sysconf(Int32(_SC_PAGESIZE)))
    ) {
        // The program's name stands in parentheses and may hold anything, parentheses and spaces too.
        guard ticksPerSecond > 0, let end = stat.lastIndex(of: UInt8(ascii: ")")) else { return }
        let fields = stat[(end + 1)...].split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\n") }
        // Counted from 1 as the manual does; the first after the name is the third.
        func field(_ number: Int) -> Int64? {
            number - 3 < fields.count ? Int64(String(decoding: fields[number - 3], as: UTF8.self)) : nil
        }
        func time(_ ticks: Int64) -> Duration { .milliseconds(ticks * 1000 / ticksPerSecond) }
        if let user = field(14), let system = field(15) { cpuTime = time(user) + time(system) }
        startedAt = field(22).map { bootedAt + time($0) }
        virtualBytes = field(23)
        residentBytes = field(24).map { $0 * pageSize }
    }

    /// When the machine was started, by the wall clock: `/proc/stat` says it too, but is long where there are many processors.
    private static var bootTime: Timestamp { RelayClock.wallTime - RelayClock.sinceBoot }

    private static var fileLimit: Int64? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Int64(exactly: limit.rlim_cur)
    }

    /// The beginning of a file; empty where it cannot be read.
    private static func contents(_ path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        // The line has 52 numbers and a name of at most 16 bytes.
        return [UInt8](unsafeUninitializedCapacity: 2048) { buffer, count in
            count = max(0, Glibc.read(descriptor, buffer.baseAddress, buffer.count))
        }
    }

    /// How many descriptors the folder lists, the one that reads it left out.
    private static func entries(_ path: String) -> Int? {
        guard let folder = opendir(path) else { return nil }
        defer { closedir(folder) }
        var count = 0
        while let entry = readdir(folder) {
            // `.` and `..` are no descriptors.
            if entry.pointee.d_name.0 != CChar(bitPattern: UInt8(ascii: ".")) { count += 1 }
        }
        return count - 1
    }
}
