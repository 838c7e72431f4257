import RelayModel

/// One thing that is wrong with a configuration file, or worth a warning, at its place.
package struct ConfigurationFault: Hashable, Sendable, CustomStringConvertible {
    /// The file as it was named.
    package let file: String
    /// Line and column from 1, columns in characters; nil where the fault is not in the text (the file cannot be read).
    package let line: Int?
    package let column: Int?
    /// The dotted path of the key; nil where the text as a whole is meant.
    package let key: String?
    /// What is wrong and what to do next; never a secret.
    package let reason: String

    /// One line, as compilers write theirs; what could drive a terminal or break the line is escaped.
    ///
    /// `relay.json:14:7: destinations.billing.timout: unknown key, did you mean "timeout"?`
    package var description: String {
        var text = file
        if let line, let column { text += ":\(line):\(column)" }
        if let key { text += ": \(key)" }
        return TerminalText.escaped(text + ": \(reason)")
    }
}

/// All that is wrong with a configuration file, in the order of the text.
package struct ConfigurationFaults: Error, Hashable, Sendable, CustomStringConvertible {
    /// Never empty; the first thousand where there are more.
    package let faults: [ConfigurationFault]
    /// How many there are beside them.
    package var omitted = 0

    /// One line each, and one for those that were left out.
    package var description: String {
        let more = omitted > 0 ? ["and \(omitted) more"] : []
        return (faults.map(\.description) + more).joined(separator: "\n")
    }
}

/// A configuration that can be used, and what its operator should know about it.
package struct LoadedConfiguration: Sendable {
    package let configuration: Configuration
    /// In the order of the text.
    package let warnings: [ConfigurationFault]
}
