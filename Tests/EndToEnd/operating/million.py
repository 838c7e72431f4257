#!/usr/bin/env python3
"""Measures how long each page of the API and each command takes over an outbox with a million deliveries; asserts no time.

    million.py BINARY [--deliveries 1000000] [--folder DIR]

Makes the outbox by SQL in the schema of the relay that is measured, runs the relay on it, and asks for everything five times. Prints
the median and the worst of each, in milliseconds; what takes over a second is marked. With --folder the outbox is kept and used again.
"""

import argparse
import contextlib
import json
import os
import pathlib
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import PATIENCE_SECONDS, Program

TOKEN = "million-" + "t" * 24
SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1lbmQtdG8tZW5kLWNoZWNr"
ROUNDS = 5
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
EPOCH = 1_790_000_000_000


def base58(number, length=44):
    text = ""
    # Spread over the whole length, as keys are.
    number = number * 0x9E3779B97F4A7C15F39CC0605CEDC834 % 2**256
    while len(text) < length:
        text += ALPHABET[number % 58]
        number = number // 58 or 11
    return text


def marks(wallets, payment):
    """As `SearchMarks` makes them."""
    bits = 0
    for text in [*("w" + wallet for wallet in wallets), "p" + payment]:
        value = 0xCBF29CE484222325
        for byte in text.encode():
            value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
        value ^= value >> 32
        for shift in (0, 11, 22):
            bits |= 1 << (value >> shift & 63)
    return bits - 2**64 if bits >= 2**63 else bits


def fill(path, count):
    """Of a hundred deliveries 90 are delivered, 5 dead, 5 wait for the destination that is paused."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -400000")
        names = {name: number for number, name in connection.execute("SELECT id, name FROM destination")}
        for name in ("billing", "stopped"):
            if name not in names:
                names[name] = connection.execute("INSERT INTO destination (name) VALUES (?)", (name,)).lastrowid
        first = connection.execute("SELECT coalesce(max(id), 0) FROM delivery").fetchone()[0] + 1
        attempts, events, deliveries = [], [], []

        def write():
            connection.executemany(
                "INSERT INTO event VALUES (?, ?, 'payments', 'payment', ?, ?, ?, ?, '1.5', NULL, ?)", events)
            connection.executemany(
                "INSERT INTO delivery (id, event, event_id, destination, state, ready, not_before, attempts, recorded_attempts,"
                " failed_by_outage, attempted_at, ended_at, format, rules, marks) VALUES (?,?,?,?,?,?,?,?,?,0,?,?,'standard',?,?)",
                deliveries)
            connection.executemany(
                "INSERT INTO attempt (delivery, number, started_at, duration_ms, status, error, answer) VALUES (?,1,?,3,?,?,NULL)",
                attempts)
            for rows in (events, deliveries, attempts):
                rows.clear()

        for number in range(first, first + count):
            state = "dead" if number % 20 == 7 else "pending" if number % 20 == 11 else "delivered"
            moment = EPOCH + number * 1000
            sender, recipient = base58(number % 5000), base58(7_000_000 + number % 50)
            payment = f"pay_{number}"
            data = json.dumps({
                "type": "payment", "paymentId": payment, "signature": base58(number, 88), "amount": 1.5, "sender": sender,
                "recipient": recipient, "status": "confirmed", "resource": "https://api.example.com/v1/data/" + "r" * 60,
                "metadata": {"note": "n" * 80}, "timestamp": moment})
            ident = number.to_bytes(16, "big")
            events.append((number, ident, moment, moment, sender, recipient, data.encode()))
            waits = state == "pending"
            deliveries.append((
                number, number, ident, names["stopped" if waits else "billing"], state, waits, moment, not waits, not waits,
                None if waits else moment, None if waits else moment, '["paid"]' if number % 1000 else '["rare"]',
                marks([sender, recipient], payment)))
            if not waits:
                attempts.append((number, moment, 200 if state == "delivered" else 500, None if state == "delivered" else "HTTP 500"))
            if number % 20_000 == 0:
                write()
        write()
        connection.execute("UPDATE counter SET value = ? WHERE name IN ('event', 'delivery')", (first + count - 1,))
        connection.execute(
            "INSERT OR REPLACE INTO period SELECT delivery.id >> 10, min(received_at), max(received_at)"
            " FROM delivery JOIN event ON seq = event GROUP BY 1")
        for state in ("pending", "delivered", "dead"):
            connection.execute(
                f"UPDATE destination SET {state} = (SELECT count(*) FROM delivery"
                f" WHERE delivery.destination = destination.id AND state = '{state}')")
        connection.commit()


class Relay:
    def __init__(self, binary, folder):
        self.binary, self.folder = binary, pathlib.Path(folder)
        self.config, self.outbox = self.folder / "relay.json", self.folder / "outbox.sqlite"
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.config.write_text(json.dumps({
            "feeds": {"payments": {"url": "ws://127.0.0.1:9/", "protocol": "interface402", "keys": ["payments"]}},
            "destinations": {
                "billing": {"url": "http://127.0.0.1:9/billing", "secrets": [SECRET]},
                "stopped": {"url": "http://127.0.0.1:9/stopped", "secrets": [SECRET]}},
            "rules": {"paid": {"match": {}, "deliverTo": ["billing"]}, "rare": {"match": {"type": ["rare"]}, "deliverTo": ["billing"]}},
            "outbox": {"path": "outbox.sqlite", "retention": "3650d", "deadRetention": "3650d", "maxSize": "50GiB"},
            "admin": {"listen": f"127.0.0.1:{self.port}", "token": TOKEN}}))

    def start(self):
        program = Program(self.binary, ["run", "--config", self.config], self.folder)
        program.wait_for_socket(self.outbox)
        # The socket is there a moment before the port.
        self.command("status")
        return program

    def get(self, path):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.read()

    def command(self, *arguments):
        result = subprocess.run([self.binary, *arguments, "--config", self.config], capture_output=True, text=True)
        assert result.returncode == 0, f"{arguments}: {result.stderr}"
        return result.stdout


def timed(what, work):
    times, size = [], 0
    for _ in range(ROUNDS):
        began = time.monotonic()
        size = len(work() or "")
        times.append((time.monotonic() - began) * 1000)
    print(f"{what:70} {statistics.median(times):9.1f} {max(times):9.1f} {size:9}{'   OVER A SECOND' if max(times) > 1000 else ''}")
    sys.stdout.flush()


def measure(relay, count):
    rare, common = base58(4321), base58(7_000_003)
    filters = {
        "all": {}, "dead": {"state": "dead"}, "pending": {"state": "pending"}, "billing": {"destination": "billing"},
        "of a rule that few have": {"rule": "rare"}, "of a rule, dead, of billing": {"rule": "rare", "state": "dead", "destination": "billing"},
        "of a rule that none has": {"rule": "nobody"}, "of a wallet that few have": {"wallet": rare},
        "of a wallet that many have": {"wallet": common}, "of a wallet that none has": {"wallet": base58(99_999_999)},
        "of a payment": {"payment": f"pay_{count // 3}"}, "of a payment that none is of": {"payment": "pay_none"},
        "of an event": {"event": f"evt_{(count // 2).to_bytes(16, 'big').hex()}"},
        "of an hour": {"since": iso(count // 2), "until": iso(count // 2 + 3600)},
        "of a wallet in the older half, dead": {"wallet": rare, "until": iso(count // 2), "state": "dead"},
    }
    print(f"{'':70} {'median ms':>9} {'worst ms':>9} {'bytes':>9}")
    for name, query in filters.items():
        for order in ("newest", "oldest"):
            path = "/api/v1/deliveries?" + urllib.parse.urlencode({**query, "order": order})
            timed(f"API deliveries {name}, {order} first", lambda: relay.get(path))
    for path in ("status", "feeds", "destinations", "rules", "history", "payments", f"deliveries/{count // 2}"):
        timed(f"API {path}", lambda: relay.get("/api/v1/" + path))
    for path in ("/metrics", "/healthz", "/"):
        timed(f"API {path}", lambda: relay.get(path))
    commands = [
        ["status"], ["feeds"], ["destinations", "list"], ["deliveries", "list"], ["deliveries", "list", "--state", "dead"],
        ["deliveries", "list", "--rule", "rare"], ["deliveries", "list", "--rule", "nobody"],
        ["deliveries", "list", "--wallet", rare], ["deliveries", "list", "--wallet", base58(99_999_999)],
        ["deliveries", "list", "--payment", f"pay_{count // 3}"], ["deliveries", "show", str(count // 2)], ["payments", "list"]]
    for words in commands:
        timed("command " + " ".join(words), lambda: relay.command(*words))


def iso(number):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime((EPOCH + number * 1000) / 1000))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    parser.add_argument("--deliveries", type=int, default=1_000_000)
    parser.add_argument("--folder")
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = options.folder or stack.enter_context(tempfile.TemporaryDirectory())
        relay = Relay(pathlib.Path(options.binary).resolve(), folder)
        if not relay.outbox.exists():
            with relay.start() as program:
                relay.command("destinations", "pause", "stopped")
                assert program.stop() == 0
            began = time.monotonic()
            fill(relay.outbox, options.deliveries)
            print(f"{options.deliveries} deliveries made in {time.monotonic() - began:.0f} s, {os.path.getsize(relay.outbox) >> 20} MiB")
        with relay.start() as program:
            measure(relay, options.deliveries)
            assert program.stop() == 0
        for words in (["status"], ["deliveries", "list"], ["deliveries", "list", "--wallet", base58(4321)]):
            timed("down: command " + " ".join(words), lambda: relay.command(*words))


if __name__ == "__main__":
    main()
