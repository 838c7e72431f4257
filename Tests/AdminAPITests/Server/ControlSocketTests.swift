import Glibc
import Testing

@testable import AdminAPI

@Suite struct ControlSocketTests {
    private func fault(_ path: String) -> String {
        do throws(AdminServerFault) {
            let socket = try ControlSocket.bind(path)
            close(socket.descriptor)
            return ""
        } catch {
            return error.description
        }
    }

    @Test func `the socket is for its owner alone, whatever the umask`() async throws {
        try await TemporaryFolder.with { folder in
            let before = umask(0)
            let socket = try ControlSocket.bind(folder + "/s")
            umask(before)
            defer { close(socket.descriptor) }
            #expect(TemporaryFolder.output(of: "stat -c '%a %F' \(folder)/s") == "600 socket")
            #expect(ControlSocket.presence(folder + "/s") == .listening)
            socket.remove()
            #expect(!TemporaryFolder.exists(folder + "/s"))
        }
    }

    @Test func `a socket that a crash left is taken over`() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/s"
            close(try ControlSocket.bind(path).descriptor)
            #expect(ControlSocket.presence(path) == .nobody)
            #expect(fault(path) == "")
        }
    }

    @Test func `a socket on which another relay listens is left to it`() async throws {
        try await TemporaryFolder.with { folder in
            let path = folder + "/s"
            let first = try ControlSocket.bind(path)
            defer { close(first.descriptor) }
            #expect(fault(path).contains("another relay listens there"))
            #expect(ControlSocket.presence(path) == .listening)
        }
    }

    @Test(arguments: ["echo kept > s", "mkfifo s", "mkdir s", "echo kept > t; ln -s t s", "ln -s nowhere s"])
    func `a file that is no socket is never removed`(command: String) async throws {
        try await TemporaryFolder.with { folder in
            _ = TemporaryFolder.output(of: "cd \(folder); \(command)")
            let before = TemporaryFolder.output(of: "stat -c '%i %F' \(folder)/s")
            #expect(fault(folder + "/s").contains("a file that is no socket has this name"))
            #expect(TemporaryFolder.output(of: "stat -c '%i %F' \(folder)/s") == before)
        }
    }

    @Test func `a path of 107 bytes is taken, one of 108 is refused with the limit and the remedy`() async throws {
        try await TemporaryFolder.with { folder in
            let longest = folder + "/" + String(repeating: "x", count: 106 - folder.utf8.count)
            #expect(fault(longest) == "")
            #expect(TemporaryFolder.exists(longest))
            let message = fault(longest + "x")
            #expect(message.contains("108 bytes") && message.contains("107") && message.contains("shorter outbox.path"))
        }
    }

    @Test func `a folder that is missing, or no folder, or may not be written says so`() async throws {
        try await TemporaryFolder.with { folder in
            #expect(fault(folder + "/none/s").contains("its folder does not exist"))
            TemporaryFolder.write("x", to: folder + "/file")
            #expect(fault(folder + "/file/s").contains("its folder does not exist"))
            // Even root may not create files there.
            #expect(fault("/sys/s").contains("no permission to write in the folder /sys"))
        }
    }
}
