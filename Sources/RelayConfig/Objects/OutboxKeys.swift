import RelayModel

/// `outbox`.
struct OutboxKeys: ObjectKeys {
    let path = Key("path", .path, default: "outbox.sqlite", "The SQLite file that holds events and deliveries.")
    let retention = Key("retention", .duration, default: "7d", "How long delivered ones are kept.")
    let deadRetention = Key("deadRetention", .duration, default: "90d", "How long dead and discarded ones are kept.")
    let maxSize = Key(
        "maxSize", .size, default: "10GiB",
        """
        Bytes in use, free pages not counted. Above it the oldest delivered ones go before their retention; \
        when waiting and dead ones fill it, the feeds are no longer read.
        """)

    func value(of object: ObjectReader) -> OutboxConfiguration? {
        OutboxConfiguration(
            path: object[path], retention: object[retention], deadRetention: object[deadRetention],
            maxSize: object[maxSize])
    }
}

/// `log`.
struct LogKeys: ObjectKeys {
    let level =
        Key("level", .choice(), default: "info", "The least severe messages that are logged.")
        as Key<LogConfiguration.Level>
    let format = Key("format", .choice(), default: "text", "How a message is written.") as Key<LogConfiguration.Format>

    func value(of object: ObjectReader) -> LogConfiguration? {
        LogConfiguration(level: object[level], format: object[format])
    }
}

/// `admin`.
struct AdminKeys: ObjectKeys {
    let listen = Key("listen", required: .listenAddress, "The TCP address of the admin interface.")
    let token = Key(
        "token", optional: .secret, "What requests must bring as their bearer token; required off loopback.")

    func value(of object: ObjectReader) -> AdminConfiguration? {
        let address = object[listen]
        let token = object[token]
        guard let address else { return nil }
        if !HostText.isLoopback(address.host), !object.has(self.token) {
            object.missing(
                "token", "\(address.host) is not a loopback address: give a token, or listen on 127.0.0.1")
        }
        return AdminConfiguration(host: address.host, port: address.port, token: token?.value.orUnread)
    }

    var conditions: [SchemaNode] {
        let loopback = Pattern.whole("(?:\(HostText.loopbackPattern)):[0-9]+")
        return [
            [
                "if": ["properties": ["listen": ["not": ["pattern": .text(loopback)]]], "required": ["listen"]],
                "then": ["required": ["token"]],
            ]
        ]
    }
}
