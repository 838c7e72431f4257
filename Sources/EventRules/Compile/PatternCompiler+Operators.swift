import RelayModel

extension PatternCompiler {
    /// What a list of alternatives asks of the field at `place`.
    mutating func condition(_ list: JSONNode, _ place: Place) -> Condition {
        let isAddress = DerivedName(path: place.names)?.isAddress == true
        var strings: [String] = []
        var operators: [Operator] = []
        var acceptsAbsence = false
        var acceptsPresence = false
        var count = 0
        for element in document.elements(list) {
            let inner = place.element(count)
            count += 1
            switch document.kind(element) {
            case .string:
                let text = document.string(element) ?? ""
                strings.append(isAddress ? WalletAddress(text).canonical : text)
            case .number:
                if let number = document.number(element) { operators.append(.number(number)) }
            case .true, .false, .null: operators.append(.literal(document.kind(element)))
            case .array:
                fail(element, inner.text, "is a list within the list; write its alternatives into the outer one")
            case .object:
                guard let (key, value) = onlyMember(of: element, inner) else { continue }
                let name = document.string(key) ?? ""
                if name == "exists" {
                    switch document.kind(value) {
                    case .true: acceptsPresence = true
                    case .false: acceptsAbsence = true
                    default: fail(value, "\(inner.text).exists", "must be true or false")
                    }
                } else if let made = compiledOperator(name, key, value, inner, isAddress: isAddress) {
                    operators.append(made)
                }
            }
        }
        if count == 0 {
            fail(list, place.text, "is an empty list, which nothing matches; list what the field may be")
        }
        return Condition(
            path: place.names, asked: JSONExcerpt.text(document, list), acceptsAbsence: acceptsAbsence,
            acceptsPresence: acceptsPresence, test: ValueTest(strings: ExactStrings(strings), operators: operators))
    }

    /// The one member that an operator's object has to have.
    private mutating func onlyMember(of object: JSONNode, _ place: Place) -> (key: JSONNode, value: JSONNode)? {
        var members = document.members(object)
        guard let first = members.next() else {
            fail(object, place.text, "is an empty object; write an operator, as in { \"prefix\": \"0x\" }")
            return nil
        }
        if let second = members.next() {
            let name = document.string(second.key) ?? ""
            let reason = "one object holds one operator; write \"\(name)\" as an alternative of its own"
            fail(second.key, place.member(name).text, reason)
            return nil
        }
        return first
    }

    private mutating func compiledOperator(
        _ name: String, _ key: JSONNode, _ value: JSONNode, _ place: Place, isAddress: Bool
    ) -> Operator? {
        let inner = place.member(name)
        switch name {
        case "prefix", "suffix": return affix(name, value, inner)
        case "equals-ignore-case":
            return string(value, inner).map { .equalsIgnoringCase(CaseFolding.fold($0)) }
        case "wildcard": return wildcard(value, inner)
        case "anything-but": return anythingBut(value, inner, isAddress: isAddress)
        case "numeric": return numeric(value, inner)
        case "cidr": return cidr(value, inner)
        case "file" where isAddress:
            fail(key, inner.text, "a file stands in the place of the whole list; write { \"file\": … } without [ ]")
        case "exactly":
            fail(key, inner.text, "is not needed; write the value itself as the alternative")
        default:
            let reason =
                "unknown operator; the operators are prefix, suffix, equals-ignore-case, wildcard, anything-but, "
                + "numeric, exists and cidr"
            fail(key, inner.text, reason)
        }
        return nil
    }

    private mutating func string(_ value: JSONNode, _ place: Place) -> String? {
        if let text = document.string(value) { return text }
        fail(value, place.text, "must be a string")
        return nil
    }

    private mutating func affix(_ name: String, _ value: JSONNode, _ place: Place) -> Operator? {
        let isPrefix = name == "prefix"
        if document.kind(value) == .object {
            guard let (key, text) = onlyMember(of: value, place) else { return nil }
            guard document.string(key) == "equals-ignore-case" else {
                fail(key, place.text, "takes a string, or { \"equals-ignore-case\": … } and no other operator")
                return nil
            }
            return string(text, place.member("equals-ignore-case")).map {
                isPrefix ? .prefixIgnoringCase(CaseFolding.fold($0)) : .suffixIgnoringCase(CaseFolding.fold($0))
            }
        }
        guard let text = document.string(value) else {
            fail(value, place.text, "must be a string, or { \"equals-ignore-case\": … }")
            return nil
        }
        return isPrefix ? .prefix(Array(text.utf8)) : .suffix(Array(text.utf8))
    }

    mutating func wildcard(_ value: JSONNode, _ place: Place) -> Operator? {
        guard let text = string(value, place) else { return nil }
        switch Wildcard.parse(text) {
        case .success(let pattern): return .wildcard(pattern)
        case .failure(.consecutiveStars):
            fail(value, place.text, "has two * in a row; one stands for any number of characters")
        case .failure(.badEscape):
            let reason = "has a backslash that escapes neither * nor \\; in JSON write \\\\* or \\\\\\\\"
            fail(value, place.text, reason)
        }
        return nil
    }

    private mutating func cidr(_ value: JSONNode, _ place: Place) -> Operator? {
        guard let text = string(value, place) else { return nil }
        switch AddressBlock.parse(text) {
        case .success(let block): return .cidr(block)
        case .failure(.noSlash):
            fail(value, place.text, "must be an address, one / and a length, as in \"10.0.0.0/8\"")
        case .failure(.noAddress):
            fail(value, place.text, "must begin with an IPv4 or IPv6 address, as in \"10.0.0.0/8\"")
        case .failure(.badLength(let limit)):
            let reason = "must end in a length of 0 to \(limit); write a single address as the alternative itself"
            fail(value, place.text, reason)
        }
        return nil
    }
}
