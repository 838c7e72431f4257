import RelayConfig
import Testing

/// Whole files: the valid ones load, and of the invalid ones exactly the lines beside them are said.
@Suite struct ConfigurationCaseTests {
    static let invalid = Repository.names(in: Repository.cases, endingIn: ".invalid.json")
    static let valid = Repository.names(in: Repository.cases, endingIn: ".valid.json")

    @Test(arguments: invalid)
    func `each fault of an invalid file is said at its place with a remedy`(name: String) throws {
        let text = try Repository.read("\(Repository.cases)/\(name)")
        let expected = try Repository.read("\(Repository.cases)/\(name.dropLast(5)).txt")
        guard case .failure(let faults) = TestFiles.load(text, name: name) else {
            Issue.record("\(name) was taken")
            return
        }
        let lines = TestFiles.lines(faults.faults).joined(separator: "\n") + "\n"
        #expect(lines == String(decoding: expected, as: UTF8.self))
    }

    @Test(arguments: valid)
    func `a valid file loads without a fault`(name: String) throws {
        let text = try Repository.read("\(Repository.cases)/\(name)")
        if case .failure(let faults) = TestFiles.load(text, name: name) { Issue.record("\(faults)") }
    }

    @Test func `the cases are found`() {
        #expect(Self.invalid.count >= 10)
        #expect(Self.valid.count >= 2)
    }
}
