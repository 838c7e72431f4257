import RelayModel

/// The text of a configuration file: JSON in UTF-8, whatever it says, and where its faults are placed.
struct ConfigurationText {
    /// As it was named.
    let path: String
    /// Where relative paths in it start.
    let folder: String
    let document: JSONDocument
    /// The file's mode lets group or others read it.
    let isOpenToOthers: Bool
    private let bytes: [UInt8]

    /// Reads the file at `path`, or says why it is no JSON text.
    static func read(
        path: String, readFile: (String) -> Result<FileContents, FileFault>
    ) -> Result<ConfigurationText, ConfigurationFaults> {
        let contents: FileContents
        switch readFile(LocalFile.absolute(path, in: LocalFile.workingFolder)) {
        case .success(let read): contents = read
        case .failure(let fault):
            let reason = "\(fault.reason), name the configuration with --config FILE"
            return .failure(
                ConfigurationFaults(
                    faults: [ConfigurationFault(file: path, line: nil, column: nil, key: nil, reason: reason)]))
        }
        func single(_ offset: Int, _ reason: String) -> Result<ConfigurationText, ConfigurationFaults> {
            .failure(placed([Reading.Remark(offset: offset, key: "", reason: reason)], path, contents.bytes))
        }
        if let offset = firstByteOutsideUTF8(contents.bytes) {
            return single(offset, "is not UTF-8: save the file in that encoding")
        }
        do throws(JSONFault) {
            return .success(
                ConfigurationText(
                    path: path, folder: LocalFile.folder(of: path),
                    document: try JSONParser(limits: .configuration).parse(contents.bytes),
                    isOpenToOthers: contents.isOpenToOthers, bytes: contents.bytes))
        } catch {
            let mark = contents.bytes.starts(with: [0xEF, 0xBB, 0xBF])
            let reason = mark ? "a byte order mark stands before the text, save the file without it" : error.reason
            return single(error.offset, "\(error.kind.rawValue): \(reason)")
        }
    }

    /// The remarks as faults of this file, the first in the order of the text; what two passes report of one key and place
    /// is said once.
    func placed(_ remarks: [Reading.Remark]) -> ConfigurationFaults { Self.placed(remarks, path, bytes) }

    /// The faults kept of one file: more nobody reads, and a file of many megabytes can hold millions.
    private static let faultLimit = 1000

    private static func placed(_ remarks: [Reading.Remark], _ path: String, _ bytes: [UInt8]) -> ConfigurationFaults {
        struct Spot: Hashable {
            let offset: Int
            let key: String
        }
        var seen: Set<Spot> = []
        let ordered = remarks.enumerated().sorted { ($0.element.offset, $0.offset) < ($1.element.offset, $1.offset) }
            .map(\.element).filter { seen.insert(Spot(offset: $0.offset, key: $0.key)).inserted }
        var index = LineIndex(bytes)
        let faults = ordered.prefix(faultLimit).map { remark in
            let place = index.place(of: remark.offset)
            return ConfigurationFault(
                file: path, line: place.line, column: place.column, key: remark.key.isEmpty ? nil : remark.key,
                reason: remark.reason)
        }
        return ConfigurationFaults(faults: faults, omitted: ordered.count - faults.count)
    }

    private static func firstByteOutsideUTF8(_ bytes: [UInt8]) -> Int? {
        // The usual file is decided at the speed of memory, the place of a fault is looked for only then.
        if String(validating: bytes, as: UTF8.self) != nil { return nil }
        var parser = Unicode.UTF8.ForwardParser()
        var iterator = bytes.makeIterator()
        var offset = 0
        while case .valid(let scalar) = parser.parseScalar(from: &iterator) { offset += scalar.count }
        return offset
    }
}
