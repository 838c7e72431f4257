#!/usr/bin/env python3
"""Drops the connections of the built relay's feed, one at a time and together, and kills the relay while events wait for their
payment: what was sent to a connection arrives once, and what was sent to none lies within a gap that is told.

    losses.py BINARY

The feed is served by the `websockets` package. Exits with 1 and the relay's log at the first thing that is not so.
"""

import asyncio
import contextlib
import datetime
import json
import pathlib
import random
import signal
import sys
import tempfile
import threading
import time

import websockets
from websockets.asyncio.server import serve

from harness import PATIENCE_SECONDS, Program, Receiver, wait_until

CHANNELS = ["payments", "verifications", "settlements"]
OURS = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"


class LiveFeed:
    """Sends each event to whoever is subscribed at that moment, as the vendor does: nobody gets it later."""

    def __init__(self):
        self.subscribed = set()
        # When each connection was told that it is subscribed, in milliseconds.
        self.confirmations = []
        # Frames by whether anybody was subscribed when they were sent.
        self.sent, self.unseen = [], []
        self._ready = threading.Event()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=lambda: self.loop.run_until_complete(self._serve()), daemon=True).start()
        self._ready.wait(PATIENCE_SECONDS)

    async def _serve(self):
        async with serve(self._client, "127.0.0.1", 0, max_size=None, compression=None) as server:
            self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/data"
            self._ready.set()
            await asyncio.Future()

    async def _client(self, socket):
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in socket:
                message = json.loads(text)
                if message["method"] == "subscribe":
                    self.confirmations.append(time.time() * 1000)
                    await socket.send(json.dumps({"type": "subscribed", "keys": message["keys"], "timestamp": 1}))
                    self.subscribed.add(socket)
                elif message["method"] == "ping":
                    await socket.send(json.dumps({"type": "pong"}))
        self.subscribed.discard(socket)

    def do(self, work):
        """Runs a coroutine of this class on the feed's loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE_SECONDS)

    async def send(self, *frames):
        for frame in frames:
            (self.sent if self.subscribed else self.unseen).append(frame)
            for socket in list(self.subscribed):
                with contextlib.suppress(websockets.ConnectionClosed):
                    await socket.send(frame)

    async def settle(self, count):
        """Waits until so many connections are subscribed and each has read all that was sent to it."""
        end = time.monotonic() + PATIENCE_SECONDS
        while len(self.subscribed) < count:
            assert time.monotonic() < end, f"{len(self.subscribed)} connections are subscribed, not {count}"
            await asyncio.sleep(0.01)
        for socket in list(self.subscribed):
            with contextlib.suppress(websockets.ConnectionClosed):
                await (await socket.ping())

    async def forsaken(self):
        """Waits until no connection is left."""
        while self.subscribed:
            await asyncio.sleep(0.01)

    async def drop(self, *sockets):
        """Breaks connections off, in the midst of what they carry."""
        for socket in sockets:
            self.subscribed.discard(socket)
            socket.transport.abort()


class Script:
    """Events in the vendor's form, each with an id of its own."""

    def __init__(self):
        self.count = 0

    def payment(self, amount="0.75", payment_id=None):
        self.count += 1
        payment_id = payment_id or f"pay_{self.count}"
        return (
            f'{{"type":"payment","paymentId":"{payment_id}","status":"completed","amount":{amount},'
            f'"sender":"7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s","recipient":"{OURS}",'
            f'"resource":"/r/{self.count}","direction":"received","timestamp":{int(time.time() * 1000)}}}')

    def settlement(self, payment_id):
        self.count += 1
        return (
            f'{{"type":"settlement","paymentId":"{payment_id}","signature":"sig{self.count}","status":"confirmed",'
            f'"confirmations":1,"fees":0.00001,"timestamp":{int(time.time() * 1000)}}}')


def configuration(feed_url, receiver_url):
    def destination(name):
        return {
            "url": f"{receiver_url}/{name}", "signature": "none", "retry": {"schedule": ["200ms"] * 20, "jitter": 0},
        }

    return {
        "feeds": {
            "live": {
                "protocol": "interface402", "url": feed_url, "keys": CHANNELS, "connections": 2,
                "pingInterval": "1s", "pongTimeout": "2s", "reconnect": {"initial": "100ms", "max": "200ms"},
            }
        },
        "destinations": {name: destination(name) for name in ["payments", "ours", "plain", "own"]},
        "rules": {
            "payments": {"match": {"type": ["payment"]}, "deliverTo": ["payments"]},
            "ours": {
                "match": {"type": ["settlement"], "recipient": [OURS], "amount": [{"numeric": [">=", 0.5]}]},
                "deliverTo": ["ours"],
            },
            "plain": {"match": {"type": ["settlement"]}, "deliverTo": ["plain"]},
            "own": {"match": {"type": [{"prefix": "relay."}]}, "deliverTo": ["own"]},
        },
        "outbox": {"path": "outbox.sqlite"},
    }


class Losses:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, folder
        self.feed, self.script = LiveFeed(), Script()
        self.receiver = Receiver(lambda path, event, before: 204)
        self.random = random.Random(402)
        self.config = pathlib.Path(folder, "relay.json")
        self.config.write_text(json.dumps(configuration(self.feed.url, self.receiver.url)))

    def relay(self):
        return Program(self.binary, ["run", "--config", str(self.config)], self.folder)

    def bodies(self, name):
        return [body for _, body, _ in self.receiver.accepted(f"/{name}")]

    def data(self, name):
        """What arrived as `data`, byte for byte, sorted."""
        return sorted(body.decode().split('"data":', 1)[1][:-1] for body in self.bodies(name))

    def own(self, kind):
        events = [json.loads(body)["data"] for body in self.bodies("own")]
        return sorted((event for event in events if event["type"] == kind), key=lambda event: event["n"])

    def expect_all(self, what):
        sent = [frame for frame in self.feed.sent if '"payment"' in frame]
        wait_until(lambda: len(self.bodies("payments")) >= len(sent), lambda: f"{len(self.bodies('payments'))} of {len(sent)}")
        assert self.data("payments") == sorted(sent), f"{what}: what arrived is not what was sent"

    def one_at_a_time(self):
        async def storm():
            drops = 0
            for _ in range(60):
                await self.feed.settle(2)
                # Both have shown that they live; one of them goes in the midst of this.
                await self.feed.send(*(self.script.payment() for _ in range(self.random.randrange(1, 20))))
                await self.feed.drop(self.random.choice(sorted(self.feed.subscribed, key=id)))
                drops += 1
                await self.feed.send(*(self.script.payment() for _ in range(self.random.randrange(1, 20))))
            await self.feed.settle(2)
            return drops

        drops = self.feed.do(storm())
        assert not self.feed.unseen
        self.expect_all("one at a time")
        assert self.own("relay.feed.gap") == [], self.own("relay.feed.gap")
        print(f"{drops} drops of one of two connections: {len(self.feed.sent)} events, each arrived once, no gap")

    def both(self):
        async def loss():
            await self.feed.settle(2)
            await self.feed.send(self.script.payment())
            await self.feed.settle(2)
            before = time.time() * 1000
            known = len(self.feed.confirmations)
            await self.feed.drop(*self.feed.subscribed)
            await self.feed.send(self.script.payment(), self.script.payment())
            await self.feed.settle(2)
            await self.feed.send(self.script.payment())
            return before, self.feed.confirmations[known]

        lost_at, confirmed_at = self.feed.do(loss())
        wait_until(lambda: self.own("relay.feed.gap"), "no gap was told")
        self.expect_all("both at once")
        gaps = self.own("relay.feed.gap")
        assert len(gaps) == 1, gaps
        self.check_gap(gaps[0], lost_at, confirmed_at, "connection lost")
        assert len(self.own("relay.feed.disconnected")) == 1
        print(f"both dropped: one gap of {gaps[0]['duration']} s, {gaps[0]['cause']}")

    def check_gap(self, gap, lost_at, confirmed_at, cause):
        """It begins with the last message or pong before the loss, and ends with the subscription after it."""
        begin, end = milliseconds(gap["from"]), milliseconds(gap["to"])
        assert lost_at - 3000 <= begin <= lost_at + 20, (gap, lost_at)
        assert confirmed_at - 20 <= end <= confirmed_at + 3000, (gap, confirmed_at)
        assert gap["cause"].startswith(cause), gap
        assert abs(float(gap["duration"]) * 1000 - (end - begin)) < 1, gap

    def take_over(self, relay):
        """Another URL is reloaded under load: the new connections stand before the old ones go."""
        before = set(self.feed.subscribed)
        changed = json.loads(self.config.read_text())
        changed["feeds"]["live"]["url"] += "?changed=1"
        self.config.write_text(json.dumps(changed))
        gaps = len(self.own("relay.feed.gap"))

        async def load():
            for number in range(400):
                await self.feed.send(self.script.payment())
                await asyncio.sleep(0.002)
                if number == 100:
                    relay.process.send_signal(signal.SIGHUP)
            while before & self.feed.subscribed:
                await asyncio.sleep(0.01)
            await self.feed.settle(2)

        self.feed.do(load())
        self.expect_all("another URL")
        assert len(self.own("relay.feed.gap")) == gaps, self.own("relay.feed.gap")[gaps:]
        print("another URL reloaded under load: every event arrived once, no gap")

    def join(self):
        early, late = self.script.payment(), self.script.payment()
        early_id, late_id = (json.loads(frame)["paymentId"] for frame in (early, late))
        first, second = self.script.settlement(early_id), self.script.settlement(late_id)
        self.feed.do(self.feed.send(early, first, second))
        wait_until(lambda: len(self.bodies("ours")) == 1 and len(self.bodies("plain")) == 2, "the settlements")
        assert f'"payment":{early},"data":{first}}}' in self.bodies("ours")[0].decode()
        self.feed.do(self.feed.send(late))
        wait_until(lambda: len(self.bodies("ours")) == 2, "the settlement that waited")
        assert f'"payment":{late},"data":{second}}}' in self.bodies("ours")[1].decode()
        print("a settlement after its payment, and one before it, were judged by their payment and carry it")

    def kill_while_waiting(self, relay):
        payment = self.script.payment()
        settlement = self.script.settlement(json.loads(payment)["paymentId"])
        self.feed.do(self.feed.send(settlement))
        wait_until(lambda: len(self.bodies("plain")) == 3, "the settlement for which no payment is needed")
        before, known = time.time() * 1000, len(self.feed.confirmations)
        relay.process.send_signal(signal.SIGKILL)
        relay.process.wait()
        self.feed.do(self.feed.forsaken())
        self.feed.do(self.feed.send(self.script.payment()))
        with self.relay() as relay:
            self.feed.do(self.feed.settle(2))
            self.feed.do(self.feed.send(payment))
            wait_until(lambda: len(self.bodies("ours")) == 3, "the settlement that waited over the kill")
            assert f'"payment":{payment},"data":{settlement}}}' in self.bodies("ours")[2].decode()
            wait_until(lambda: len(self.own("relay.feed.gap")) == 2, "the gap of the kill")
            self.check_gap(
                self.own("relay.feed.gap")[1], before, self.feed.confirmations[known], "the relay was not running")
            self.expect_all("over the kill")
            print("killed while a settlement waited: it was joined after the restart, and the kill is a gap")
            self.never_joined()
            print("a settlement whose payment never comes went where none is needed, without one")
            numbers = sorted(json.loads(body)["data"]["n"] for body in self.bodies("own"))
            assert len(set(numbers)) == len(numbers), numbers
            assert relay.stop() == 0

    def never_joined(self):
        orphan = self.script.settlement("pay_unknown")
        self.feed.do(self.feed.send(orphan))
        wait_until(lambda: len(self.bodies("plain")) == 4, "the settlement without a payment")
        assert self.bodies("plain")[3].decode().endswith(f'"data":{orphan}}}')
        assert '"payment":' not in self.bodies("plain")[3].decode().split('"data":')[0]


def milliseconds(text):
    return datetime.datetime.fromisoformat(text).timestamp() * 1000


def main():
    with tempfile.TemporaryDirectory(prefix="x402-relay-losses-") as folder:
        losses = Losses(sys.argv[1], folder)
        with losses.relay() as relay:
            losses.one_at_a_time()
            losses.both()
            losses.take_over(relay)
            losses.join()
            losses.kill_while_waiting(relay)


if __name__ == "__main__":
    main()
