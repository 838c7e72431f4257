#!/usr/bin/env python3
"""Rotates the secrets of the built relay while events flow, and holds what arrives against what was sent.

    rotation.py BINARY

Signature secrets, the feed's API key and the admin token are replaced as deploy/operating/rotation.md tells it. The feed sends a
numbered stream; the receivers verify with `standardwebhooks` and `cryptography`, and refuse what they cannot verify. Every line
that the relay logs meanwhile is held against deploy/operating/log.schema.json. Exits with 1 at the first thing that is not so.
"""

import asyncio
import base64
import contextlib
import datetime
import http.client
import json
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading
import time

import jsonschema
import websockets
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from standardwebhooks import Webhook, WebhookVerificationError
ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "Tests/EndToEnd"))
from harness import PATIENCE_SECONDS, Program, Receiver, wait_until
from losses import CHANNELS, LiveFeed, Script

SCHEMA = ROOT / "deploy/operating/log.schema.json"
RATE = 200  # Events in a second: far below what the relay takes.


class KeyedFeed(LiveFeed):
    """A live feed that takes the API keys in `accepted` and sends a numbered stream to whoever is subscribed."""

    def __init__(self, key):
        self.accepted, self.keys = {key}, {}
        self.script, self.flows = Script(), False
        super().__init__()

    async def _client(self, client):
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in client:
                message = json.loads(text)
                if message["method"] == "authenticate" and message["apiKey"] in self.accepted:
                    self.keys[client] = message["apiKey"]
                    answer = {"type": "authenticated", "userId": "user_1", "plan": "standard"}
                elif message["method"] == "subscribe" and client in self.keys:
                    answer = {"type": "subscribed", "keys": message["keys"], "timestamp": 1}
                elif message["method"] == "ping":
                    answer = {"type": "pong"}
                else:
                    answer = {"type": "error", "code": "AUTHENTICATION_FAILED", "message": "No", "timestamp": 1}
                await client.send(json.dumps(answer))
                if answer["type"] == "subscribed":
                    self.subscribed.add(client)
        self.subscribed.discard(client)
        self.keys.pop(client, None)

    async def _flow(self):
        while self.flows:
            await self.send(self.script.payment())
            await asyncio.sleep(1 / RATE)

    @contextlib.contextmanager
    def flowing(self):
        """Sends the stream until the end, or until it is stopped."""
        self.flows = True
        self._flowing = asyncio.run_coroutine_threadsafe(self._flow(), self.loop)
        self.pass_events(20)
        yield
        self.stop_flowing()

    def stop_flowing(self):
        self.flows = False
        self._flowing.result(PATIENCE_SECONDS)

    def pass_events(self, count):
        """Returns when so many more were sent to a subscribed connection."""
        known = len(self.sent)
        wait_until(lambda: len(self.sent) >= known + count, "events that are sent")

    def keys_in_use(self):
        return [self.keys[client] for client in list(self.subscribed) if client in self.keys]

    async def revoke(self, key):
        """Takes a key no more, and ends what is connected with it."""
        self.accepted.discard(key)
        await self.drop(*[client for client, used in self.keys.items() if used == key])


class Verifier:
    """A receiver's side of a destination: the keys that it knows now, and whom it has refused."""

    def __init__(self, *keys):
        self.keys, self.refused = list(keys), []

    @staticmethod
    def fits(key, headers, body):
        if key.startswith("whsec_"):
            with contextlib.suppress(WebhookVerificationError):
                Webhook(key).verify(body, headers, json_parse=False)
                return True
            return False
        public = Ed25519PublicKey.from_public_bytes(base64.b64decode(key.removeprefix("whpk_")))
        content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        for token in headers["webhook-signature"].split(" "):
            with contextlib.suppress(InvalidSignature):
                public.verify(base64.b64decode(token.removeprefix("v1a,")), content)
                return True
        return False

    def answer(self, headers, body):
        if any(self.fits(key, headers, body) for key in self.keys):
            return 204
        self.refused.append(headers["webhook-id"])
        return 401


class VerifyingReceiver(Receiver):
    """Answers 401 to what the verifier of a path refuses; `late` takes nothing before it is opened."""

    def __init__(self, verifiers):
        self.verifiers, self.late_is_open = verifiers, False
        super().__init__(None)
        # The relay ends its kept connections when it stops, which Python's server would print as an error.
        self._server.handle_error = lambda request, address: None

    def judge(self, path, headers, body, before):
        if path == "/late" and not self.late_is_open:
            return 503
        verifier = self.verifiers.get(path.removeprefix("/"))
        return verifier.answer(headers, body) if verifier else 204


class Rotation:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, pathlib.Path(folder)
        self.old, self.new = self.new_secret(), self.new_secret()
        self.old_pair, self.new_pair = self.new_secret("--ed25519"), self.new_secret("--ed25519")
        self.tokens = ["admin-token-of-before", "admin-token-of-after"]
        self.verifiers = {
            # In the order in which deploy/operating/rotation.md has it, with both kinds of keys, and one who is late.
            "hmac": Verifier(self.old[1]), "pair": Verifier(self.old_pair[1]), "late": Verifier(self.new[1]),
            # In the wrong order.
            "wrong": Verifier(self.old[1]),
        }
        self.receiver = VerifyingReceiver(self.verifiers)
        self.feed = KeyedFeed("key_old")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.config = self.folder / "relay.json"
        files = {"old": self.old[0], "new": self.new[0], "old-pair": self.old_pair[0], "new-pair": self.new_pair[0]}
        for name, text in {**files, "api-key": "key_old", "admin-token": self.tokens[0]}.items():
            self.write(name, text)
        self.document = self.configuration()
        self.configure()
        self.runs = 0

    def new_secret(self, *words):
        """A secret, and what verifies it."""
        lines = subprocess.run(
            [self.binary, "secret", "new", *words], capture_output=True, text=True, check=True).stdout.split()
        return lines[0], lines[-1]

    def write(self, name, text):
        (self.folder / name).write_text(text + "\n")

    def configuration(self):
        def destination(name, *files):
            return {
                "url": f"{self.receiver.url}/{name}", "secrets": [{"file": file} for file in files], "order": "none",
                "retry": {"schedule": ["200ms"] * 100, "jitter": 0},
            }

        return {
            "feeds": {
                "live": {
                    "protocol": "interface402", "url": self.feed.url, "apiKey": {"file": "api-key"}, "keys": CHANNELS,
                    "pingInterval": "1s", "pongTimeout": "2s", "reconnect": {"initial": "100ms", "max": "200ms"},
                }
            },
            "destinations": {
                "hmac": destination("hmac", "old"), "pair": destination("pair", "old-pair"),
                "late": destination("late", "old"), "wrong": destination("wrong", "old"),
                "own": {"url": f"{self.receiver.url}/own", "signature": "none"},
            },
            "rules": {
                "everything": {"match": {}, "deliverTo": ["hmac", "pair", "wrong"]},
                # One of a hundred, which all wait until the rotation is over.
                "late": {"match": {"resource": [{"suffix": "00"}]}, "deliverTo": ["late"]},
                "own": {"match": {"type": [{"prefix": "relay."}]}, "deliverTo": ["own"]},
            },
            "outbox": {"path": "outbox.sqlite"},
            "admin": {"listen": f"127.0.0.1:{self.port}", "token": {"file": "admin-token"}},
            "log": {"level": "debug", "format": "json"},
        }

    def configure(self):
        self.config.write_text(json.dumps(self.document))

    @contextlib.contextmanager
    def relay(self):
        self.runs += 1
        folder = self.folder / f"run{self.runs}"
        folder.mkdir()
        with Program(self.binary, ["run", "--config", str(self.config)], folder) as relay:
            self.feed.do(self.feed.settle(1))
            yield relay
        check_log(relay.log)

    def command(self, *words, status=0):
        result = subprocess.run(
            [self.binary, *words, "--config", self.config], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        assert result.returncode == status, f"{words}: exit {result.returncode}, not {status}: {result.stderr}"
        return result.stdout + result.stderr

    def reload(self):
        self.configure()
        return self.command("reload")

    def gaps(self):
        own = [json.loads(body)["data"] for _, body, _ in self.receiver.accepted("/own")]
        return [event for event in own if event["type"] in ("relay.feed.gap", "relay.feed.disconnected")]

    def data(self, name):
        return sorted(body.decode().split('"data":', 1)[1][:-1] for _, body, _ in self.receiver.accepted(f"/{name}"))

    def expect_all(self, name, frames):
        wait_until(
            lambda: len(self.receiver.accepted(f"/{name}")) >= len(frames),
            lambda: f"{name}: {len(self.receiver.accepted(f'/{name}'))} of {len(frames)} arrived")
        assert self.data(name) == sorted(frames), f"{name}: what arrived is not what was sent, each once"

    def signed_by(self, name, frames, everybody, keys):
        """Each attempt to deliver these events fits every one of `keys`, and none of the others."""
        count = 0
        for headers, body, _ in self.receiver.all(f"/{name}"):
            if body.decode().split('"data":', 1)[1][:-1] in frames:
                count += 1
                assert [key for key in everybody if Verifier.fits(key, headers, body)] == keys, f"{name}: {headers}"
                assert len(headers["webhook-signature"].split(" ")) == len(keys), headers
        assert count >= len(frames), f"{name}: {count} of {len(frames)} arrived"

    # MARK: Signature secrets

    def signatures(self):
        with self.feed.flowing():
            phases = [self.between()]
            # Both sign, and receivers with the old secret verify as before.
            self.document["destinations"]["hmac"]["secrets"].append({"file": "new"})
            self.document["destinations"]["late"]["secrets"].append({"file": "new"})
            self.document["destinations"]["pair"]["secrets"].append({"file": "new-pair"})
            # Here the old one is replaced before the receiver knows of it.
            self.document["destinations"]["wrong"]["secrets"] = [{"file": "new"}]
            assert "destinations.hmac changed" in self.reload()
            phases.append(self.between())
            # What was signed before has arrived; then the receivers change.
            self.settle("hmac", "pair")
            self.verifiers["hmac"].keys = [self.new[1]]
            self.verifiers["pair"].keys = [self.new_pair[1]]
            phases.append(self.between())
            # The old ones go.
            for name, file in {"hmac": "new", "late": "new", "pair": "new-pair"}.items():
                self.document["destinations"][name]["secrets"] = [{"file": file}]
            self.reload()
            phases.append(self.between())
            self.receiver.late_is_open = True
            wait_until(lambda: self.verifiers["wrong"].refused, "webhooks that a receiver refuses")
            self.verifiers["wrong"].keys = [self.new[1]]
        sent = list(self.feed.sent)
        for name in ["hmac", "pair", "wrong"]:
            self.expect_all(name, sent)
        self.expect_all("late", [frame for frame in sent if json.loads(frame)["resource"].endswith("00")])
        assert not self.verifiers["hmac"].refused and not self.verifiers["pair"].refused
        assert not self.verifiers["late"].refused
        for name, keys in {"hmac": [self.old[1], self.new[1]], "pair": [self.old_pair[1], self.new_pair[1]]}.items():
            self.signed_by(name, phases[0], keys, keys[:1])
            self.signed_by(name, phases[1] + phases[2], keys, keys)
            self.signed_by(name, phases[3], keys, keys[1:])
        refused = len(set(self.verifiers["wrong"].refused))
        assert self.gaps() == [], self.gaps()
        print(
            f"signature secrets, HMAC and Ed25519: {len(sent)} events, each arrived once, none was refused; in the wrong order "
            f"{refused} were refused and arrived once their receiver knew the secret")

    def settle(self, *names):
        """Waits until all that was sent until now has arrived."""
        sent = set(self.feed.sent)
        wait_until(lambda: all(sent <= set(self.data(name)) for name in names), "all that was sent")

    def between(self):
        """Events that were sent between two steps."""
        known = len(self.feed.sent)
        self.feed.pass_events(60)
        return self.feed.sent[known:known + 60]

    # MARK: The feed's API key

    def api_key(self):
        known = len(self.feed.sent)
        with self.feed.flowing():
            # One that the feed does not know: what is connected stays.
            self.write("api-key", "key_wrong")
            assert "feeds.live changed" in self.reload()
            self.between()
            assert self.feed.keys_in_use() == ["key_old"]
            status = json.loads(self.command("status", "--json"))
            assert not status["ready"] and "key or CA is not in use" in str(status["reasons"]), status["reasons"]
            # The vendor gives a second one, and takes both.
            self.feed.accepted.add("key_new")
            self.write("api-key", "key_new")
            self.reload()
            wait_until(lambda: self.feed.keys_in_use() == ["key_new"], lambda: f"the new key alone: {self.feed.keys_in_use()}")
            self.between()
            # The vendor takes the old one no more.
            self.feed.do(self.feed.revoke("key_old"))
            self.between()
        assert not self.feed.unseen
        for name in ["hmac", "pair", "wrong"]:
            self.expect_all(name, self.feed.sent)
        assert self.gaps() == [], self.gaps()
        print(f"the API key: {len(self.feed.sent) - known} events, each arrived once, no gap, nothing disconnected")

    # MARK: The admin token

    def ask(self, token):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)) as connection:
            connection.request("GET", "/api/v1/status", headers={"Authorization": f"Bearer {token}"})
            return connection.getresponse().status

    def admin_token(self):
        assert [self.ask(token) for token in self.tokens] == [200, 401]
        self.write("admin-token", self.tokens[1])
        said = self.reload()
        assert "admin: stays as it was at the start" in said, said
        assert [self.ask(token) for token in self.tokens] == [200, 401]
        print("the admin token: a reload says that it needs a restart, and changes nothing")

    def restart(self, relay):
        """What the feed sends to nobody lies within a gap that is told; all else arrives once, what waited before too."""
        self.receiver.late_is_open = False
        told, sent, unseen = len(self.gaps()), len(self.feed.sent), len(self.feed.unseen)
        with self.feed.flowing():
            assert relay.stop() == 0
            with self.relay():
                assert [self.ask(token) for token in self.tokens] == [401, 200]
                self.feed.pass_events(60)
                wait_until(lambda: len(self.gaps()) > told, "the gap of the restart")
                self.feed.stop_flowing()
                self.receiver.late_is_open = True
                self.check_restart(self.gaps()[told:], sent, unseen)

    def check_restart(self, gaps, sent, unseen):
        [gap] = [gap for gap in gaps if gap["type"] == "relay.feed.gap"]
        begin, end = (datetime.datetime.fromisoformat(gap[key]).timestamp() * 1000 for key in ("from", "to"))
        frames = self.feed.sent[sent:] + self.feed.unseen[unseen:]
        # A frame's own time is when it was sent; a message counts from when it came.
        certain = [frame for frame in frames if not begin - 20 <= json.loads(frame)["timestamp"] <= end + 20]
        wait_until(lambda: set(certain) <= set(self.data("hmac")), "what was sent outside of the gap")
        data = self.data("hmac")
        assert len(data) == len(set(data)), "an event arrived twice"
        assert not set(self.feed.unseen[unseen:]) & set(data)
        late = [frame for frame in data if json.loads(frame)["resource"].endswith("00")]
        wait_until(lambda: self.data("late") == late, "what waited over the restart")
        print(
            f"the admin token by a restart: {len(frames)} events sent meanwhile, {len(frames) - len(set(frames) & set(data))} of "
            f"them in the gap of {gap['duration']} s that was told, all others arrived once")


def check_log(log):
    """Every line is one object that fits the schema."""
    validator = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))
    lines = log.splitlines()
    for line in lines:
        validator.validate(json.loads(line))
    for wrong in [{"level": "info", "message": "a"}, {**json.loads(lines[0]), "unknown": "a"}]:
        assert not validator.is_valid(wrong), wrong
    print(f"{len(lines)} log lines fit the schema")


def main():
    with tempfile.TemporaryDirectory(prefix="x402-relay-rotation-") as folder:
        rotation = Rotation(sys.argv[1], folder)
        with rotation.relay() as relay:
            rotation.signatures()
            rotation.api_key()
            rotation.admin_token()
            rotation.restart(relay)


if __name__ == "__main__":
    main()
