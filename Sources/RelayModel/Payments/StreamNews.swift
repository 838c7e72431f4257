/// What the connections of a paid stream tell whoever buys its slices.
package enum StreamNews: Hashable, Sendable {
    /// The server does not let this token in: the upgrade was refused with 401, 402, 403, 404 or 410, the connection was closed
    /// with 1008 or a code from 4000 before a `hello`, or it ended before a `hello` with a token that ran out.
    case tokenRefused(Secret, reason: String)
    /// The server ended a connection with this token before a `hello`, in a way that says nothing of the token: it refused the
    /// upgrade with another status of 4xx than those above and 429, closed or dropped the connection, or never said `hello`.
    case notGreeted(Secret, reason: String)
    /// A connection with this token was greeted.
    case hello(Secret, sliceSeconds: Int?, expiresAt: String?)
    /// The slice ends in so many milliseconds.
    case reminder(expiresAt: String?, msUntilExpiry: Int64?)
    case paymentRequired(reason: String)
    case renewed(expiresAt: String?, method: String?)
    /// The stream reported an error in its own words.
    case failed(String)
    /// A renewal was to be sent, but no connection is open; or the connection that it went over is gone, unanswered.
    case renewalLost
}

/// What whoever buys the slices of a stream wants of its connections.
package enum StreamOrder: Hashable, Sendable {
    /// Connections are opened with this token from now on; those that are open stay.
    case use(Secret)
    /// There is no token: connections that are not open wait for one.
    case hold(reason: String)
    /// Send `renew_token` on every open connection.
    case renewToken(Secret)
    /// Send `renew_inband` on one open connection: the entry of `accepts` that is paid, and the payload, both as JSON.
    case renewInband(requirements: [UInt8], payload: [UInt8])
    /// Close the connections and open them again with the token in use: the server says that it is not paid.
    case reconnect(reason: String)
}
