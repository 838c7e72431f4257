import Glibc

/// Runs `body` on a new thread, which ends with it.
///
/// The name is what `ps -T` and `top -H` show: at most 15 bytes.
func startThread(named name: String, _ body: @escaping @Sendable () -> Void) {
    let box = Unmanaged.passRetained(
        ThreadBody {
            nameThisThread(name)
            body()
        })
    var thread = pthread_t()
    let code = pthread_create(&thread, nil, runThread, box.toOpaque())
    precondition(code == 0, "the thread \(name) could not be started (error \(code)): raise the limit of processes")
    pthread_detach(thread)
}

/// Writes the file that stands for the thread's name, since Swift's Glibc has no `pthread_setname_np`; without /proc the
/// thread keeps the program's name.
private func nameThisThread(_ name: String) {
    let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
    guard file >= 0 else { return }
    _ = write(file, name, name.utf8.count)
    close(file)
}

private final class ThreadBody {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}

/// A global function: a closure could take on the isolation of the place where it is written.
private func runThread(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let argument else { return nil }
    Unmanaged<ThreadBody>.fromOpaque(argument).takeRetainedValue().run()
    return nil
}
