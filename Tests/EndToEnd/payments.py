#!/usr/bin/env python3
"""Has the built relay pay for streams: each payment is judged by the official `x402` package, none is made twice.

    payments.py BINARY

Exits with 1 and the relay's log at the first thing that is not so.
"""

import asyncio
import concurrent.futures
import csv
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import traceback

from harness import Program, Receiver, wait_until
from solders.keypair import Keypair
from solders.pubkey import Pubkey
from vendor import USDC, Vendor

ACCOUNT = "7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s"


class Relay:
    """A folder with a wallet and a configuration, and the relay that runs on it."""

    def __init__(self, binary, folder, vendor, feeds, limits=None, rpc=None):
        self.binary, self.folder, self.vendor = binary, pathlib.Path(folder), vendor
        self.receiver = Receiver(lambda *_: 204)
        self.keypair = Keypair()
        (self.folder / "wallet.json").write_text(json.dumps(list(bytes(self.keypair))))
        self.configuration = {
            "feeds": feeds,
            "destinations": {
                name: {"url": f"{self.receiver.url}/{name}", "signature": "none"} for name in ("app", "ops")},
            "rules": {
                "transfers": {"match": {"type": ["transaction"], "wallet": [ACCOUNT]}, "deliverTo": ["app"]},
                "own": {"match": {"type": [{"prefix": "relay."}]}, "deliverTo": ["ops"]}},
            "outbox": {"path": "outbox.sqlite"},
            "payments": {
                "wallet": {"file": "wallet.json"}, "rpcUrls": [rpc or f"{vendor.url}/rpc"],
                "limits": limits or {"perPayment": "0.05", "perHour": "5", "perDay": "50"}}}
        self.program = None

    def write(self):
        (self.folder / "relay.json").write_text(json.dumps(self.configuration))

    def start(self):
        self.write()
        log = self.program.log if self.program else ""
        self.program = Program(self.binary, ["run", "--config", str(self.folder / "relay.json")], self.folder)
        self.logs = getattr(self, "logs", "") + log
        return self

    def command(self, *arguments, check=0):
        result = subprocess.run(
            [self.binary, *arguments, "--config", str(self.folder / "relay.json")], capture_output=True, text=True,
            timeout=60)
        assert check is None or result.returncode == check, f"{arguments}: {result.returncode}\n{result.stdout}\n{result.stderr}"
        return result.stdout

    def own(self, kind, feed=None):
        """The data of the relay's own events of this kind, in their order."""
        events = [json.loads(body)["data"] for _, body, _ in self.receiver.accepted("/ops")]
        return [e for e in events if e["type"] == kind and feed in (None, e.get("feed"))]

    def ready(self):
        """Why the relay is not ready."""
        status = json.loads(self.command("status", "--json"))
        return status["reasons"]

    def check_secrets(self):
        """The wallet's key is in no output, no answer and no file but the wallet's."""
        seed = bytes(self.keypair)[:32]
        spellings = [seed, seed.hex().encode(), str(self.keypair).encode(), str(Pubkey.from_bytes(seed)).encode(),
                     ", ".join(map(str, seed)).encode(), ",".join(map(str, seed)).encode()]
        for path in self.folder.rglob("*"):
            if path.name != "wallet.json" and path.is_file():
                content = path.read_bytes()
                assert not any(s in content for s in spellings), f"the wallet's key is in {path}"
        for command in (["status", "--json"], ["payments", "list", "--json"], ["payments", "export"], ["feeds"], ["check"]):
            text = self.command(*command).encode()
            assert not any(s in text for s in spellings), f"the wallet's key is in {command}"
            assert b"tok_" not in text, f"a token is in {command}"
        assert "tok_" not in self.logs + self.program.log, "a token is in the log"

    def stop(self):
        assert self.program.stop() == 0


def feed(vendor, stream, **further):
    return {"protocol": "atomicstream", "url": vendor.url, "stream": stream, "accounts": [ACCOUNT],
            "reconnect": {"initial": "200ms", "max": "1s"}, **further}


def transaction(number, lamports=1_500_000_000):
    return json.dumps({
        "type": "transaction", "commitment": "confirmed", "slot": number, "signature": f"sig{number}", "timestamp": 1760000000,
        "isVote": False, "index": 0, "err": None, "fee": 5000, "feePayer": ACCOUNT, "accounts": [ACCOUNT],
        "nativeTransfers": [{"fromUserAccount": ACCOUNT, "toUserAccount": USDC, "amount": lamports}],
        "tokenTransfers": [], "accountData": [], "instructions": []})


def served_slices(vendor, stream):
    return len(vendor.slices.get(stream, []))


def check_streams(binary, folder):
    """Three streams from one wallet: v2 and v1 renewed by HTTP, one in-band; drops and a kill cost no payment."""
    vendor = Vendor()
    streams = {"plain": {}, "old": {"version": "v1"}, "inband": {"renew": "inband"}}
    relay = Relay(binary, folder, vendor, {n: feed(vendor, n, **f) for n, f in streams.items()}).start()
    with relay.program:
        preview = json.loads(relay.command("payments", "preview", "--json"))
        prices = {one["feed"]: one["price"] for one in preview["feeds"]}
        assert prices == {name: "0.03" for name in streams}, preview

        sent = 0

        def emit_everywhere():
            nonlocal sent
            sent += 1
            for stream in streams:
                wait_until(lambda: vendor.do(vendor.emit(stream, transaction(sent))) > 0, f"{stream} is paid and greeted")

        end = time.monotonic() + 3 * vendor.slice_seconds
        while time.monotonic() < end:
            emit_everywhere()
            time.sleep(0.1)
        for stream in streams:
            vendor.do(vendor.drop(stream))
            wait_until(lambda: len(vendor.greeted(stream)) == 1, f"{stream} is back")
        relay.program.process.send_signal(signal.SIGKILL)
        relay.program.process.wait()
        paid = {stream: served_slices(vendor, stream) for stream in streams}
        tokens = len(vendor.tokens)
        relay.start()
    with relay.program:
        for stream in streams:
            wait_until(lambda: vendor.greeted(stream), f"{stream} is back after a kill")
        assert all(served_slices(vendor, s) - paid[s] <= 1 for s in streams), "a restart paid for a slice that was paid"
        emit_everywhere()
        wait_until(lambda: len(delivered(relay)) >= 3 * sent, lambda: f"{len(delivered(relay))} of {3 * sent} events")
        ids = delivered(relay)
        assert len(ids) == len(set(ids)) == 3 * sent, f"{len(ids)} webhooks, {len(set(ids))} ids, {3 * sent} events"
        assert not vendor.faults, vendor.faults
        for stream in streams:
            # Each was paid in the last seconds of the one before, or after it: never beside it.
            assert all(left <= vendor.lead_seconds + 0.5 for left in vendor.overlaps(stream)), (stream, vendor.overlaps(stream))
            assert served_slices(vendor, stream) >= 3, f"{stream} had {served_slices(vendor, stream)} slices"
        check_ledger(relay, vendor)
        relay.check_secrets()
        relay.stop()
    check_ledger(relay, vendor)
    return f"{sum(map(len, vendor.slices.values()))} slices of 3 streams, {len(vendor.settled)} payments, {3 * sent} events"


def delivered(relay):
    return [headers["webhook-id"] for headers, _, _ in relay.receiver.accepted("/app")]


def check_ledger(relay, vendor):
    """What the ledger prints is what the vendor settled: as JSON, as CSV, and in the shell of sqlite3."""
    def settled():
        return [json.loads(line) for line in relay.command("payments", "export").splitlines()]

    wait_until(
        lambda: all(e["state"] == "settled" for e in settled()) and len(settled()) >= len(vendor.settled), settled)
    wanted = sorted((i, s["stream"], "0.03", vendor.recipient, USDC) for i, s in vendor.settled.items())
    found = sorted((e["transaction"] or "", e["feed"], e["amount"], e["recipient"], e["asset"]) for e in settled())
    # An answer over the WebSocket names no transaction.
    assert sorted(f[1:] for f in found) == sorted(w[1:] for w in wanted), (found, wanted)
    known = {f[0] for f in found if f[0]}
    assert known == {i for i, s in vendor.settled.items() if not s["inband"]}, known
    rows = list(csv.DictReader(io.StringIO(relay.command("payments", "export", "--format", "csv"))))
    assert sorted((r["feed"], r["amount"]) for r in rows) == sorted(f[1:3] for f in found), rows
    shell = subprocess.run(
        ["sqlite3", "-readonly", str(relay.folder / "outbox.sqlite"), "SELECT count(*) FROM ledger_entries WHERE state = 'settled'"],
        capture_output=True, text=True, check=True, timeout=60)
    assert int(shell.stdout) == len(found), shell.stdout


def check_kill_between(binary, folder):
    """Killed while the answer to a payment is awaited: the same bytes go again, and nothing is paid twice."""
    vendor = Vendor(slice_seconds=60, lead_seconds=5,
                    conduct=lambda purpose, stream, number: {1: "hold", 2: "lose"}.get(number, "serve"))
    relay = Relay(binary, folder, vendor, {"held": feed(vendor, "held")}).start()
    with relay.program:
        wait_until(lambda: len(vendor.paid_requests) == 1, "a payment")
        relay.program.process.send_signal(signal.SIGKILL)
        relay.program.process.wait()
        vendor.loop.call_soon_threadsafe(vendor.released.set)
        relay.start()
    with relay.program:
        wait_until(lambda: vendor.greeted("held"), "the stream")
        headers = {header for _, _, header in vendor.paid_requests}
        assert len(headers) == 1 and len(vendor.paid_requests) >= 3, f"{len(headers)} payments in {len(vendor.paid_requests)} requests"
        assert len(vendor.settled) == 1 and not vendor.faults, vendor.faults
        wait_until(lambda: relay.own("relay.payment.settled"), "the relay's own event")
        (told,) = relay.own("relay.payment.settled")
        assert told["served"] is True and told["amount"] == "0.03", told
        relay.check_secrets()
        relay.stop()
    return f"{len(vendor.paid_requests)} requests with one payment"


def check_limit(binary, folder):
    """A limit stops the paying and says so; raised and reloaded, it goes on."""
    vendor = Vendor(slice_seconds=8, lead_seconds=3)
    relay = Relay(binary, folder, vendor, {"capped": feed(vendor, "capped")},
                  limits={"perPayment": "0.05", "perDay": "0.07"}).start()
    with relay.program:
        wait_until(lambda: relay.own("relay.payment.limit_reached"), "the limit")
        wait_until(lambda: relay.own("relay.feed.payment_required"), "the need of a payment")
        assert len(vendor.settled) == 2, len(vendor.settled)
        (reached,) = relay.own("relay.payment.limit_reached")
        assert (reached["limit"], reached["allowed"], reached["feed"]) == ("perDay", "0.07", "capped"), reached
        wait_until(lambda: any("paid" in r for r in relay.ready()), relay.ready)
        wait_until(lambda: not vendor.greeted("capped"), "the end of the slice")
        time.sleep(3)
        assert len(vendor.settled) == 2, "paid above the limit"
        relay.configuration["payments"]["limits"]["perDay"] = "5"
        relay.write()
        relay.command("reload")
        wait_until(lambda: vendor.greeted("capped"), "the stream after the reload")
        wait_until(lambda: not relay.ready(), relay.ready)
        assert len(relay.own("relay.payment.limit_reached")) == 1
        relay.check_secrets()
        relay.stop()
    return "2 payments below the limit, none above it"


def check_refusals(binary, folder):
    """Challenges that ask for something else are refused, with the reason, and nothing is signed."""
    def entry(**changes):
        def change(challenge):
            challenge["accepts"][0].update(changes)
        return change

    def extra(**changes):
        def change(challenge):
            challenge["accepts"][0]["extra"].update(changes)
        return change

    changes = {
        "network": entry(network="eip155:8453"), "devnet": entry(network="solana:EtWTRABZaYq6iMfeYKouRu166VU2xqa1"),
        "asset": entry(asset="So11111111111111111111111111111111111111112"), "scheme": entry(scheme="upto"),
        "flow": extra(paymentFlow="subscription"), "payer": lambda c: c["accepts"][0]["extra"].pop("feePayer"),
        "amount": entry(amount="0.03"), "negative": entry(amount="-30000"), "much": entry(amount="50001"),
        "huge": entry(amount="18446744073709551616"), "nowhere": entry(payTo="nobody"),
        "memo": extra(memo="m" * 257), "host": lambda c: c["resource"].update(url="https://elsewhere.example/v2/x"),
        "nothing": lambda c: c.update(accepts=[]), "seventh": lambda c: c.update(x402Version=7),
        "recipient": entry(payTo="GyGKxMyg1p9SsHfm15MkNUu1u9TN2JtTspcdmrtGUdse"),
    }

    def offer(challenge, stream):
        if stream in changes:
            changes[stream](challenge)
        elif stream == "ourselves":
            challenge["accepts"][0]["extra"]["feePayer"] = str(relay.keypair.pubkey())
        return challenge

    vendor = Vendor(offer=offer)
    names = [*changes, "ourselves"]
    relay = Relay(binary, folder, vendor, {n: feed(vendor, n) for n in names})
    relay.configuration["payments"]["allow"] = {"recipients": [vendor.recipient]}
    relay.start()
    with relay.program:
        def refused(name):
            return relay.own("relay.payment.refused", name) + relay.own("relay.payment.limit_reached", name)

        for name in names:
            wait_until(lambda: refused(name), f"{name} is refused")
            wait_until(lambda: relay.own("relay.feed.payment_required", name), f"{name} is said to need a payment")
        time.sleep(2)
        for name in names:
            assert len(refused(name)) == 1, refused(name)
        assert [e["feed"] for e in relay.own("relay.payment.limit_reached")] == ["much"]
        assert not vendor.paid_requests and relay.command("payments", "export") == ""
        relay.check_secrets()
        relay.stop()
    return f"{len(names)} kinds of challenge"


def check_unserved(binary, folder):
    """A payment that landed and gave nothing is proven on the chain and announced, before one more is made."""
    vendor = Vendor(slice_seconds=60, gives_blockhash=False, blockhash_seconds=60,
                    conduct=lambda purpose, stream, number: "duplicate")
    relay = Relay(binary, folder, vendor, {"dead": feed(vendor, "dead")}).start()
    with relay.program:
        wait_until(lambda: len(vendor.settled) == 1, "the first payment")
        first = time.monotonic()
        while len(vendor.settled) == 1:
            relay.program.check_alive()
            assert time.monotonic() - first < 240, "no second payment"
            time.sleep(0.5)
        assert time.monotonic() - first >= 60, "paid again before the blockhash of the first had expired"
        wait_until(lambda: relay.own("relay.payment.settled"), "the announcement")
        (told,) = relay.own("relay.payment.settled")
        assert told["served"] is False and told["transaction"] in vendor.settled, told
        relay.check_secrets()
        relay.stop()
    return f"proven after {time.monotonic() - first:.0f} s"


def main(binary):
    checks = [check_unserved, check_streams, check_kill_between, check_limit, check_refusals]
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(len(checks)) as pool:
        started = {}
        for check in checks:
            path = pathlib.Path(folder, check.__name__)
            path.mkdir()
            started[pool.submit(check, os.path.abspath(binary), path)] = check
        failed = False
        for done in concurrent.futures.as_completed(started):
            check = started[done]
            try:
                print(f"{check.__doc__.splitlines()[0]} {done.result()}", flush=True)
            except Exception as error:
                failed = True
                print(f"FAILED {check.__name__}: {error!r}", flush=True)
                traceback.print_exc()
        return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
