import DeliveryPlanning
import RelayModel
import WebhookSigning

/// `destinations.*`.
struct DestinationKeys: ObjectKeys {
    let url = Key(
        "url",
        required: .url(
            URLRule(schemes: ["https", "http"], allowsUser: true), example: "https://billing.example.com/webhooks"),
        """
        Where webhooks are sent; http:// to loopback only, or with allowInsecure. \
        A user and password in it are sent as Basic.
        """
    )
    let allowInsecure = Key(
        "allowInsecure", .flag, default: false, "Whether http:// is allowed to other hosts than loopback.")
    let secrets = Key(
        "secrets", optional: .list("secrets", of: .secret, atLeast: 1),
        otherwise: "required, unless signature is \"none\"",
        "Each signs: whsec_ by HMAC-SHA256 (v1), whsk_ by Ed25519 (v1a); with stripe and github any text.")
    let signature = Key("signature", .signature, default: "standard", "How webhooks are signed.")
    let format = Key("format", Form<BodyFormat>.choice(), default: "standard", "The shape of the body.")
    let headers = Key("headers", .headers, default: .object([]), "Added to every request; a value can be a secret.")
    let timeout = Key("timeout", .timeLimit, default: "15s", "For one attempt.")
    let connectTimeout = Key("connectTimeout", .timeLimit, default: "5s", "For the connection of one attempt.")
    let concurrency = Key("concurrency", .integer(1...1000), default: 16, "Attempts at once.")
    let rate = Key("rate", optional: .rate, otherwise: "no limit", "Attempts in a time.")
    let order = Key(
        "order", Form<DeliveryOrder>.choice(), default: "payment", "Which deliveries wait for each other.")
    let retry = Key("retry", object: RetryKeys(), "When a failed delivery is tried again.")
    let disableAfter = Key(
        "disableAfter", .duration, default: "5d",
        "Only failures for this long, at least 10 of them in its last day, disable the destination.")
    let tls = Key("tls", object: DestinationTLSKeys(), "Certificates of the receiver and of the relay.")
    let proxy = Key(
        "proxy",
        optional: .url(
            URLRule(schemes: ["http", "https", "socks5"], allowsUser: true, allowsPath: false),
            example: "http://proxy.example.com:3128"),
        "The proxy; the environment's proxy variables are not used.")
    let allowLinkLocal = Key(
        "allowLinkLocal", .flag, default: false, "Whether link-local and cloud metadata addresses are allowed.")

    /// The destination, still without its name.
    func value(of object: ObjectReader) -> DestinationConfiguration? {
        let url = object[url]
        let faultsBefore = object.site.reading.faults.count
        let schemes = object[signature]
        let isSignatureKnown = object.site.reading.faults.count == faultsBefore
        let secrets = object[secrets]
        let tls = object[tls]
        let policy = DestinationPolicy(
            name: "", concurrency: object[concurrency], rate: object[rate], order: object[order], retry: object[retry],
            disableAfter: object[disableAfter])
        let insecure = object[allowInsecure]
        let proxy = object[proxy]
        // A proxy for HTTP is told the name and resolves it; with socks5:// the relay does that itself.
        if let proxy, proxy.scheme != "socks5" {
            let place = object.site(self.url.name)?.path
            object.site.reading.hosts.removeAll { $0.site.path == place }
        }
        let result = DestinationConfiguration(
            policy: policy, url: url?.text ?? Secret(""), secrets: secrets?.map(\.value.orUnread) ?? [],
            signatures: schemes, format: object[format], headers: object[headers], timeout: object[timeout],
            connectTimeout: object[connectTimeout], caFile: tls.caFile, certFile: tls.certFile, keyFile: tls.keyFile,
            proxy: proxy?.text, allowLinkLocal: object[allowLinkLocal])
        if let url, url.scheme == "http", !url.isLoopback, !insecure {
            object.site(self.url.name)?.fault(
                "http:// to \(url.host) would send webhooks in the clear: "
                    + "use https://, or set \"allowInsecure\": true for a network that you trust")
        }
        if isSignatureKnown { reportSecrets(secrets, for: schemes, in: object) }
        return url == nil ? nil : result
    }

    private func reportSecrets(
        _ secrets: [Located<SecretValue>]?, for schemes: [SignatureScheme], in object: ObjectReader
    ) {
        if schemes.isEmpty {
            object.site(self.secrets.name)?.warn("is not used: signature is \"none\"")
            return
        }
        if !object.has(self.secrets) {
            object.missing(
                self.secrets.name,
                "make a secret with `x402-relay secret new` and give it as a list, or set \"signature\": \"none\"")
        }
        for secret in secrets ?? [] {
            guard let value = secret.value.secret, let fault = WebhookSigner.fault(of: value, for: schemes) else {
                continue
            }
            secret.site.fault(fault.reason)
        }
    }

    var conditions: [SchemaNode] {
        let secure = URLRule(schemes: ["https", "http"], loopbackOnly: ["http"], allowsUser: true)
        // A secret that stands in the file must have a form that `standard` knows; others are read only by the relay.
        let digit = "[A-Za-z0-9+/]"
        let known = Pattern.whole(
            "whsec_(?:(?:\(digit){4}){8,21}(?:\(digit){2}(?:==)?)?|(?:\(digit){4}){8,20}\(digit){3}=?)"
                + "|whsk_(?:\(digit){86}(?:==)?|\(digit){43}=?)")
        let standard: SchemaNode = [
            "anyOf": [["const": "standard"], ["type": "array", "contains": ["const": "standard"]]]
        ]
        return [
            [
                "if": ["not": ["properties": ["allowInsecure": ["const": true]], "required": ["allowInsecure"]]],
                "then": ["properties": ["url": ["pattern": .text(secure.pattern)]]],
            ],
            [
                "if": ["not": ["properties": ["signature": ["const": "none"]], "required": ["signature"]]],
                "then": ["required": ["secrets"]],
            ],
            [
                "if": ["properties": ["signature": standard]],
                "then": ["properties": ["secrets": ["items": ["pattern": .text(known)]]]],
            ],
        ]
    }
}

extension Form<[SignatureScheme]> {
    /// One scheme, `none`, or a list of schemes.
    static let signature: Form = {
        let words = SignatureScheme.allCases.map { (word: $0.rawValue, value: [$0]) }
        let one = Form.choice(words + [(word: "none", value: [])])
        let several = Form<[[SignatureScheme]]>.list("schemes", of: .choice(words), atLeast: 1)
        let phrase = "\(one.description.phrase), or a list of the first three"
        return Form(
            FormDescription(
                phrase: phrase, schema: ["anyOf": [one.description.schema, several.description.schema]])
        ) { site in
            guard site.kind != .array else {
                guard let schemes = several.read(site)?.joined() else { return nil }
                return SignatureScheme.allCases.filter(schemes.contains)
            }
            guard let text = site.string, let choice = (words + [("none", [])]).first(where: { $0.0 == text }) else {
                site.mismatch(phrase, showsValue: true)
                return nil
            }
            return choice.1
        }
    }()
}

/// `destinations.*.retry`.
struct RetryKeys: ObjectKeys {
    let schedule = Key(
        "schedule", .list("durations", of: .durationOrZero, atLeast: 1),
        default: ["5s", "5m", "30m", "2h", "5h", "10h", "14h", "20h", "24h"],
        "The waits between attempts: N of them mean N + 1 attempts.")
    let jitter = Key(
        "jitter", .thousandths, default: .number("0.2"), "The share of a wait up to which is added at random.")
    let giveUpOn = Key(
        "giveUpOn", .list("statuses from 100 to 599", of: .integer(100...599)), default: [],
        "Statuses that end a delivery at once.")
    let maxRetryAfter = Key(
        "maxRetryAfter", .durationOrZero, default: "10h", "A longer Retry-After counts as this.")

    func value(of object: ObjectReader) -> RetryPolicy? {
        RetryPolicy(
            schedule: object[schedule], jitterThousandths: object[jitter], giveUpOn: Set(object[giveUpOn]),
            maxRetryAfter: object[maxRetryAfter])
    }
}

/// `destinations.*.tls`.
struct DestinationTLSKeys: ObjectKeys {
    let caFile = Key(
        "caFile", optional: .certificates, otherwise: "the system's",
        "A PEM file of authorities to trust instead of the system's.")
    let certFile = Key("certFile", optional: .certificates, "The relay's own certificate (PEM), for mutual TLS.")
    let keyFile = Key("keyFile", optional: .privateKey, "The private key of certFile (PEM).")

    func value(of object: ObjectReader) -> (caFile: String?, certFile: String?, keyFile: String?)? {
        if object.has(certFile), !object.has(keyFile) {
            object.missing(keyFile.name, "certFile needs its private key")
        }
        if object.has(keyFile), !object.has(certFile) {
            object.missing(certFile.name, "keyFile needs its certificate")
        }
        let files = TLSFiles(caFile: object[caFile], certFile: object[certFile], keyFile: object[keyFile])
        if files != TLSFiles() { object.site.reading.tlsFiles.append(Located(value: files, site: object.site)) }
        return (files.caFile, files.certFile, files.keyFile)
    }

    var conditions: [SchemaNode] {
        [["dependentRequired": ["certFile": ["keyFile"], "keyFile": ["certFile"]]]]
    }
}
