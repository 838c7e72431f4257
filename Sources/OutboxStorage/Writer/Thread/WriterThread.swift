import Glibc

/// A thread that runs one closure.
enum WriterThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Starts it; `name` (15 bytes at most) shows in ps and top.
    static func start(name: String, _ run: @escaping @Sendable () -> Void) throws(OutboxError) {
        let body = Unmanaged.passRetained(
            Body {
                setName(name)
                run()
            })
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run() }
                return nil
            }, body.toOpaque())
        guard code == 0 else {
            body.release()
            throw OutboxError(kind: .failed, reason: "no thread for the outbox: \(OutboxFile.text(code))")
        }
        pthread_detach(thread)
    }

    /// Names the calling thread; Glibc's module lacks pthread_setname_np.
    ///
    /// Without /proc it stays without one.
    private static func setName(_ name: String) {
        let descriptor = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return }
        let text = Array(name.utf8)
        _ = Glibc.write(descriptor, text, text.count)
        close(descriptor)
    }
}
