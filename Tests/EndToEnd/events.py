"""The frames of the end-to-end check: events whose bytes and numbers are easy to change by accident, and frames that are none."""

import json


class Tricky:
    """An event as text, and what the webhook's envelope says of it."""

    def __init__(self, text, **envelope):
        self.bytes = text if isinstance(text, bytes) else text.encode()
        self.envelope = envelope
        # Sent in fragments of this many bytes where it is set.
        self.fragment = None


def payment(name, amount, extra=""):
    """A payment with `amount` as written there and `extra` members after it."""
    return Tricky(
        f'{{"type":"payment","paymentId":"pay_{name}","signature":"s_{name}","sender":"7Bgb","recipient":"EPjF",'
        f'"amount":{amount}{extra},"status":"confirmed","timestamp":1697234567890}}',
        type="payment", sender="7Bgb", recipient="EPjF", amount=amount.strip('"'))


AMOUNTS = [
    "1.50", "1e-3", "0.001", "0.0010", "1E-03", "-0", "0.10000000000000000001", "12345678901234567890",
    "12345678901234567890.123456789012345678", "1e400", "1E+2", "9007199254740993", "0." + "0" * 300 + "1",
]
# Exactly one thousandth, however it is written.
THOUSANDTHS = {"1e-3", "0.001", "0.0010", "1E-03", "0.00100"}


def events():
    """Every event, in the order in which it is sent."""
    found = [payment(f"amount_{index}", amount) for index, amount in enumerate(AMOUNTS)]
    found += [
        payment("unicode", "1", ',"resource":"Zürich 天気 🚀 \u2028 \u00a0"'),
        payment("escapes", "1", r',"resource":"\u00e9\ud83d\ude80\/\b\f\"\\ \u0000 \ud800"'),
        payment("deeper", "1", ',"metadata":{"a":1,"a":2,"amount":7,"amount":[{"b":1,"b":2}]}'),
        payment("levels", "1", ',"metadata":' + "[" * 200 + "]" * 200),
        payment("long", "1", ',"resource":"' + "x" * 500_000 + '"'),
        payment("string", '"1.50"'),
        payment("twokinds", "1", ',"Amount":2,"amount ":3'),
        Tricky(
            '{ \n\t"type" :\r\n "payment" , "paymentId":"pay_space",\n  "amount" : 1.0 , "sender":"A", "recipient":"B",'
            ' "timestamp" : 1697234567890 \n}', type="payment", amount="1.0"),
        Tricky(
            r'{"ty\u0070e":"pay\u006dent","paymentId":"pay_escaped","signature":"s","status":"confirmed",'
            r'"amount":0.00100,"timestamp":1697234567890}', type="payment", amount="0.00100"),
        Tricky(
            '{"type":"verification","paymentId":"pay_unicode","verified":true,"verifiedBy":"f","verificationTime":"45ms",'
            '"timestamp":1697234567890,"recipient":"EPjF","amount":1}', type="verification", recipient="EPjF",
            amount="1"),
        Tricky(
            '{"type":"settlement","paymentId":"pay_unicode","signature":"s","status":"settled","confirmations":32,'
            '"blockHeight":1,"finalAmount":1.10,"fees":0.00001,"timestamp":1697234567890}', type="settlement",
            amount="1.10"),
        Tricky('{"type":"refund","reason":null,"timestamp":"2023-10-13T22:02:47.89Z"}', type="refund"),
        Tricky('{"type":"refund","timestamp":1697234567,"n":1}', type="refund", timestamp="2023-10-13T22:02:47.000Z"),
        Tricky('{"type":"with \\"quotes\\" and \\n lines","timestamp":1697234567890}',
               type='with "quotes" and \n lines'),
    ]
    fragmented = payment("fragments", "1", ',"resource":"' + "天" * 3000 + '"')
    fragmented.fragment = 997
    found.append(fragmented)
    for event in found:
        event.envelope.setdefault("timestamp", "2023-10-13T22:02:47.890Z")
        json.loads(event.bytes)
    return found


MALFORMED = [
    b"", b"not json", b'{"type":"payment","paymentId":"cut', b'["payment"]', b"17", b'{"type":"payment"} {"type":"payment"}',
    b'{"type":"payment","paymentId":"bad","amount":01}', b'{"type":"payment","paymentId":"bad","amount":1.}',
    b'{"type":"payment","paymentId":"bad","amount":NaN}', b'{"type":"payment","paymentId":"bad",}',
    b'{"paymentId":"no type","amount":1}', b'{"type":7,"paymentId":"bad"}',
    b'{"type":"payment","paymentId":"doubled","amount":1,"amount":1000000}',
    b'{"type":"payment","paymentId":"doubled","am\\u006funt":1,"amount":1000000}',
    b'{"type":"payment","paymentId":"not utf-8 \xc3\x28 \xff"}', b'{"type":"payment","paymentId":"raw control \x01"}',
    b'{"type":"payment","metadata":' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    b'{"type":"payment","paymentId":"huge","resource":"' + b"x" * 20_000_000 + b'"}',
]


def frames():
    """(payload, is_event) of all of them, a malformed one after each event until there are no more."""
    mixed = []
    malformed = list(MALFORMED)
    for event in events():
        size = event.fragment
        payload = [event.bytes[at:at + size] for at in range(0, len(event.bytes), size)] if size else event.bytes
        mixed.append((payload, True))
        if malformed:
            mixed.append((malformed.pop(0), False))
    assert not malformed
    return mixed
