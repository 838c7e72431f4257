/// What a client may cost, whoever it is.
package struct AdminLimits: Sendable {
    /// The request line's target, and each header with its value, in bytes: more than any browser or client sends.
    static let fieldBytes = 16 << 10
    /// All headers together, in bytes.
    static let headerBytes = 32 << 10
    static let headerCount = 100
    /// The body of every request but `match`, in bytes: a replay's filter has a few hundred.
    static let bodyBytes = 64 << 10
    /// Bodies and answers larger than `bodyBytes` of all connections of a listener together, in bytes: a few of the largest at once.
    static let transitBytes = 64 << 20

    /// Connections of one listener at once; more are closed as they come.
    ///
    /// Each costs a descriptor and some 20 KiB. The socket and TCP count for themselves, so that strangers on TCP do not lock out
    /// the commands.
    package var connections = 256
    /// Connections of one listener that may follow the live events: half, so that they leave room for those who ask.
    package var followers = 128
    /// From the first moment of a connection, or the end of the answer before, to the request's last header; from there to the
    /// end of its body; from the answer's beginning until its last byte is taken; and of a stream, for each piece to be taken.
    package var patience: Duration = .seconds(30)
    /// After an answer that ends the connection: for the client to read it before a reset could take it away.
    package var linger: Duration = .seconds(2)
    /// How long a stop waits for requests that are on their way.
    package var stopGrace: Duration = .seconds(2)

    package init() {}
}
