import FeedProtocols
import Logging
import RelayModel

/// What is logged of a connection, whatever its protocol.
enum ConnectionLog {
    static func log(_ report: SessionReport, to logger: Logger) {
        switch report {
        case .authenticated(let plan):
            logger.info("Feed accepted the API key", metadata: ["plan": "\(plan.name)"])
        case .subscribed(let keys, let refused):
            logger.info("Feed subscribed", metadata: ["keys": "\(keys)", "refused": "\(refused.count)"])
        case .impaired(let reason, let since):
            logger.error(
                "Feed is unhealthy; what it brings may not be all",
                metadata: ["reason": "\(reason)", "since": "\(since)"])
        case .keysRefused(let keys, let reason):
            logger.warning(
                "Feed refused a subscription of several keys; they are tried one by one",
                metadata: ["keys": "\(keys.count)", "reason": "\(reason)"])
        case .keyRefused(let key, let reason):
            logger.error("Feed refused a subscription key", metadata: ["key": "\(key)", "reason": "\(reason)"])
        case .rateLimited(let pause):
            logger.warning("Feed asks for fewer messages", metadata: ["pause": "\(pause)"])
        case .serverError(let code, let message):
            logger.warning("Feed reports an error", metadata: ["code": "\(code)", "reason": "\(message)"])
        case .unexpected(let type):
            logger.notice("Feed sent a message that nothing had asked for", metadata: ["type": "\(type)"])
        case .unreadable(let member, let type):
            logger.notice(
                "Feed sent a member of another type than documented; it is not used",
                metadata: ["type": "\(type)", "member": "\(member)"])
        case .stream(let news): log(news, to: logger)
        }
    }

    private static func log(_ news: StreamNews, to logger: Logger) {
        switch news {
        case .hello(_, let seconds, let expiresAt):
            logger.info(
                "Stream accepted the token",
                metadata: [
                    "sliceSeconds": "\(seconds.map(String.init) ?? "unknown")", "expiresAt": "\(expiresAt ?? "")",
                ])
        case .reminder(let expiresAt, let left):
            logger.debug(
                "Stream reminds of the end of the slice",
                metadata: ["expiresAt": "\(expiresAt ?? "")", "msUntilExpiry": "\(left.map(String.init) ?? "unknown")"])
        case .paymentRequired(let reason):
            logger.warning("Stream asks for a payment", metadata: ["reason": "\(reason)"])
        case .renewed(let expiresAt, let method):
            logger.info(
                "Stream is renewed", metadata: ["expiresAt": "\(expiresAt ?? "")", "method": "\(method ?? "")"])
        case .failed(let message):
            logger.warning("Feed reports an error", metadata: ["reason": "\(message)"])
        case .tokenRefused(_, let reason):
            logger.warning("Stream does not accept the token", metadata: ["reason": "\(reason)"])
        // The end of the connection is logged by itself.
        case .notGreeted: break
        case .renewalLost: logger.warning("A renewal was lost with its connection")
        }
    }

    static func log(_ end: ConnectionEnd, retryIn wait: Duration?, to logger: Logger) {
        var metadata: Logger.Metadata = ["reason": "\(end)"]
        if let wait { metadata["retryIn"] = "\(wait)" }
        switch end {
        case .stopped, .surplus, .unneeded, .reopened: logger.info("Connection closed", metadata: metadata)
        case .authenticationFailed, .noKeyAccepted: logger.error("Connection lost", metadata: metadata)
        default: logger.warning("Connection lost", metadata: metadata)
        }
    }
}
