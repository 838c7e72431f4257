"""Ten thousand mixed events, and what is to come of them."""

import collections
import random

EVENTS = 10_000
SEED = 5


class Count:
    """What is known of the frames before they are sent."""

    def __init__(self):
        self.frames = []
        self.received = self.matched = self.repeated = self.malformed = 0
        self.accepted = collections.Counter()

    def add(self, payload, destinations=(), kind="event", may_match=False):
        self.frames.append((payload, True))
        self.received += 1
        if kind == "malformed":
            self.malformed += 1
        elif kind == "repeated":
            self.repeated += 1
        else:
            # What hangs on its payment may match: whether it does is known later.
            self.matched += bool(destinations) or may_match
            self.accepted.update(destinations)


def mixed_events():
    """Payments above and below the threshold, settlements whose payments decide, refunds, events that no rule takes, repeats, and
    frames that are no events."""
    count, chance = Count(), random.Random(SEED)
    latest, paid = collections.deque(maxlen=200), []
    for number in range(EVENTS):
        draw = chance.random()
        if draw < 0.03:
            count.add(chance.choice(['{"type":"payment","amount":', "[]", '{"type":7}', "no json"]), kind="malformed")
        elif draw < 0.08 and latest:
            count.add(chance.choice(latest), kind="repeated")
        elif draw < 0.60:
            amount = chance.choice(["0.5", "1", "1.000000000000000001", "2.5", "100"])
            text = (f'{{"type":"payment","paymentId":"pay_{number}","signature":"s{number}","sender":"Sender{number % 50}",'
                    f'"recipient":"Recipient{number % 7}","amount":{amount},"status":"confirmed","timestamp":{1697234567890 + number}}}')
            large = amount in ("1.000000000000000001", "2.5", "100")
            count.add(text, ("billing", "stopped", "nobody") if large else ("stopped", "nobody"))
            latest.append(text)
            paid.append(number)
        elif draw < 0.70 and paid:
            of = paid.pop(chance.randrange(len(paid)))
            text = (f'{{"type":"settlement","paymentId":"pay_{of}","signature":"t{number}","status":"settled",'
                    f'"timestamp":{1697234567890 + number}}}')
            count.add(text, ("settled",) if of % 7 == 3 else (), may_match=True)
            latest.append(text)
        elif draw < 0.85:
            text = (f'{{"type":"refund","paymentId":"pay_{number}","amount":1,"timestamp":{1697234567890 + number}}}')
            count.add(text, ("picky",))
            latest.append(text)
        else:
            text = f'{{"type":"heartbeat","n":{number},"timestamp":{1697234567890 + number}}}'
            count.add(text)
            latest.append(text)
    return count
