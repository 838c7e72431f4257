#!/usr/bin/env python3
"""Runs the built relay between a feed of the `websockets` package and receivers that verify with `standardwebhooks`.

    endtoend.py BINARY

What arrives must be byte for byte what was sent, under one id for ever, signed so that other people's libraries accept it; what is
malformed must not arrive, nor end the relay. Exits with 1 and the relay's log at the first thing that is not so.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import re
import secrets
import subprocess
import sys
import tempfile

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from standardwebhooks import Webhook

import events
from harness import Feed, Program, Receiver, wait_until

CHANNELS = ["payments", "verifications", "settlements"]
# Every event goes to each of these, in one rule.
EVERYWHERE = ["standard", "both", "cloudevents", "raw", "legacy"]


class Keys:
    """The secrets of one run."""

    def __init__(self):
        self.api_key = "key_" + secrets.token_hex(12)
        self.first = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self.second = "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode()
        self.text = secrets.token_hex(16)
        private = Ed25519PrivateKey.generate()
        seed = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
        self.public = private.public_key()
        self.pair = "whsk_" + base64.b64encode(
            seed + self.public.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()

    @property
    def environment(self):
        return {
            "E2E_API_KEY": self.api_key, "E2E_FIRST": self.first, "E2E_SECOND": self.second, "E2E_PAIR": self.pair,
            "E2E_TEXT": self.text,
        }


def configuration(feed_url, receiver_url):
    def destination(name, *secret_names, **others):
        return {
            "url": f"{receiver_url}/{name}", "secrets": [{"env": secret} for secret in secret_names],
            "retry": {"schedule": ["200ms"] * 4, "jitter": 0}, **others,
        }

    return {
        "feeds": {
            "e2e": {
                "protocol": "interface402", "url": feed_url, "apiKey": {"env": "E2E_API_KEY"}, "keys": CHANNELS,
                "reconnect": {"initial": "50ms", "max": "200ms"},
            }
        },
        "destinations": {
            "standard": destination("standard", "E2E_FIRST"),
            "both": destination("both", "E2E_FIRST", "E2E_PAIR", "E2E_SECOND"),
            "cloudevents": destination("cloudevents", "E2E_FIRST", format="cloudevents"),
            "raw": destination("raw", "E2E_FIRST", format="raw"),
            "legacy": destination("legacy", "E2E_TEXT", signature=["stripe", "github"]),
            "thousandth": destination("thousandth", "E2E_FIRST"),
            "doomed": destination("doomed", "E2E_FIRST"),
        },
        "rules": {
            "everything": {"match": {}, "deliverTo": EVERYWHERE},
            "thousandth": {
                "match": {"type": ["payment"], "amount": [{"numeric": ["=", 0.001]}]}, "deliverTo": ["thousandth"]},
            "doomed": {"match": {"paymentId": ["pay_deeper"]}, "deliverTo": ["doomed"]},
        },
        "outbox": {"path": "data/outbox.sqlite"},
    }


def answer(path, webhook_id, attempts_before):
    """A third of the events is taken at the third attempt only, one destination takes nothing."""
    if path == "/doomed":
        return 500
    if path == "/standard" and int(webhook_id[-2:], 16) % 3 == 0 and attempts_before < 2:
        return [500, 503][attempts_before]
    return 204


def check_signatures(path, headers, body, keys):
    identifier, timestamp = headers["webhook-id"], headers["webhook-timestamp"]
    if path == "/legacy":
        assert "webhook-signature" not in headers
        key = keys.text.encode()
        at, tokens = headers["stripe-signature"].split(",", 1)
        expected = hmac.new(key, f"{at.removeprefix('t=')}.".encode() + body, hashlib.sha256).hexdigest()
        assert tokens == f"v1={expected}", "Stripe-Signature"
        expected = hmac.new(key, body, hashlib.sha256).hexdigest()
        assert headers["x-hub-signature-256"] == f"sha256={expected}", "X-Hub-Signature-256"
        return
    Webhook(keys.first).verify(body, headers, json_parse=False)
    tokens = headers["webhook-signature"].split(" ")
    if path != "/both":
        assert [token.split(",")[0] for token in tokens] == ["v1"], tokens
        return
    assert [token.split(",")[0] for token in tokens] == ["v1", "v1", "v1a"], tokens
    Webhook(keys.second).verify(body, headers, json_parse=False)
    keys.public.verify(base64.b64decode(tokens[2].split(",")[1]), f"{identifier}.{timestamp}.".encode() + body)


def check_envelope(body, event, identifier):
    assert body.endswith(b',"data":' + event.bytes + b"}"), f"data is not what was sent: {body[:300]}"
    members = json.loads(body, parse_float=str, parse_int=str)
    order = ["id", "type", "timestamp", "feed", "rules", "sender", "recipient", "amount", "payment", "data"]
    assert list(members) == [key for key in order if key in members], list(members)
    assert members["id"] == identifier and members["feed"] == "e2e", members
    for key in ["type", "timestamp", "sender", "recipient", "amount"]:
        expected = event.envelope.get(key)
        if expected is not None or key == "amount":
            assert members.get(key) == expected, f"{key}: {members.get(key)!r}, not {expected!r}: {event.bytes[:200]}"


def check_webhooks(receiver, keys):
    """Each event came to each destination, as sent, once with success, under one id."""
    ids = {}
    for headers, body, _ in receiver.accepted("/raw"):
        assert re.fullmatch(r"evt_[0-9a-f]{32}", headers["webhook-id"]), headers
        assert ids.setdefault(body, headers["webhook-id"]) == headers["webhook-id"]
    sent = events.events()
    assert sorted(ids) == sorted(event.bytes for event in sent), "raw: not the events that were sent"
    assert len(set(ids.values())) == len(sent), "two events share an id"
    by_id = {ids[event.bytes]: event for event in sent}
    for name in EVERYWHERE:
        got = [headers["webhook-id"] for headers, _, _ in receiver.accepted(f"/{name}")]
        assert sorted(got) == sorted(by_id), f"{name}: {len(got)} webhooks for {len(by_id)} events"
        bodies = {}
        for headers, body, _ in receiver.all(f"/{name}"):
            check_signatures(f"/{name}", headers, body, keys)
            event = by_id[headers["webhook-id"]]
            assert bodies.setdefault(headers["webhook-id"], body) == body, "a repeat has another body"
            if name == "cloudevents":
                assert headers["content-type"].startswith("application/cloudevents+json"), headers
                assert b'"data":' + event.bytes in body, "cloudevents: data is not what was sent"
                members = json.loads(body)
                assert members["specversion"] == "1.0" and members["id"] == headers["webhook-id"], members
                assert members["source"] == "/x402-relay/feeds/e2e", members
            elif name != "raw":
                check_envelope(body, event, headers["webhook-id"])
    repeated = len(receiver.all("/standard")) - len(sent)
    assert repeated > 0 and repeated % 2 == 0, f"{repeated} repeats after 500 and 503"
    amounts = {json.loads(body)["amount"] for _, body, _ in receiver.accepted("/thousandth")}
    assert amounts == events.THOUSANDTHS, amounts
    assert len(receiver.all("/doomed")) == 5, "a schedule of four waits is five attempts"
    return len(sent), repeated


def check_outbox(path, expected):
    def ask(sql):
        return subprocess.run(
            ["sqlite3", "-readonly", path, sql], check=True, capture_output=True, text=True).stdout.split()

    assert ask("PRAGMA integrity_check") == ["ok"]
    states = dict(line.split("|") for line in ask("SELECT state, count(*) FROM delivery GROUP BY state"))
    assert states == expected, states


def hostile_feed(binary, folder):
    """The relay between a feed of tricky and malformed frames and receivers that refuse some of what they get."""
    keys = Keys()
    feed = Feed(events.frames(), keys.api_key, CHANNELS)
    receiver = Receiver(answer)
    config = pathlib.Path(folder, "relay.json")
    config.write_text(json.dumps(configuration(feed.url, receiver.url)))
    count, thousandths = len(events.events()), len(events.THOUSANDTHS)
    awaited = {f"/{name}": count for name in EVERYWHERE} | {"/thousandth": thousandths}
    with Program(binary, ["run", "--config", config], folder, keys.environment) as relay:
        def arrived():
            relay.check_alive()
            return feed.finished.is_set() and len(receiver.all("/doomed")) == 5 and all(
                len(receiver.accepted(path)) >= number for path, number in awaited.items())

        wait_until(arrived, lambda: f"frame {feed.position} of {len(feed.frames)} sent; webhooks " + ", ".join(
            f"{path} {len(receiver.accepted(path))} of {number}" for path, number in awaited.items()))
        count, repeated = check_webhooks(receiver, keys)
        status = relay.stop()
        assert status == 0, f"exit {status} on SIGTERM"
        wait_until(lambda: feed.close_codes[-1:] == [1000], lambda: f"closed with {feed.close_codes}, not 1000")
        assert feed.methods[:2] == ["authenticate", "subscribe"], feed.methods[:2]
        shown = [name for name, secret in keys.environment.items() if secret in relay.log + relay.output]
        assert not shown, f"secrets in the output: {shown}"
        check_outbox(
            pathlib.Path(folder, "data/outbox.sqlite"),
            {"delivered": str(len(EVERYWHERE) * count + thousandths), "dead": "1"})
    print(f"   {count} events to {len(EVERYWHERE)} destinations, {repeated} repeats, {len(events.MALFORMED)} malformed frames")


def simulated_feed(binary, folder):
    """What `simulate` prints is a feed for a configuration, and its events arrive."""
    count = 60
    key = Keys()
    receiver = Receiver(lambda path, webhook_id, attempts_before: 204)
    arguments = ["--protocol", "interface402", "--port", "0", "--rate", "max", "--count", str(count), "--seed", "7"]
    with Program(binary, ["simulate", *arguments], folder) as simulator:
        wait_until(lambda: "Wallets" in simulator.output, lambda: simulator.output)
        feeds = json.loads("{" + simulator.output.split("\n\n")[1] + "}")
        config = pathlib.Path(folder, "simulated.json")
        config.write_text(json.dumps({
            "feeds": feeds,
            "destinations": {"all": {"url": f"{receiver.url}/all", "secrets": [key.first]}},
            "rules": {"all": {"match": {}, "deliverTo": ["all"]}},
            "outbox": {"path": "simulated.sqlite"},
        }))
        subprocess.run([binary, "check", "--config", config], check=True, stdout=subprocess.DEVNULL)
        with Program(binary, ["run", "--config", config], folder) as relay:
            wait_until(lambda: len(receiver.accepted("/all")) >= count, lambda: f"{len(receiver.accepted('/all'))} webhooks")
            for headers, body, _ in receiver.all("/all"):
                Webhook(key.first).verify(body, headers)
            assert len({headers["webhook-id"] for headers, _, _ in receiver.all("/all")}) == count
            assert relay.stop() == 0
        assert simulator.stop() == 0
        assert f"all {count} events sent" in simulator.output, simulator.output
    print(f"   {count} simulated events")


def main():
    binary = pathlib.Path(sys.argv[1]).resolve()
    for scenario in [hostile_feed, simulated_feed]:
        with tempfile.TemporaryDirectory() as folder:
            scenario(binary, folder)


if __name__ == "__main__":
    main()
