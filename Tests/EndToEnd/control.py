#!/usr/bin/env python3
"""Operates the built relay by its commands, up and down, and holds what they say against the outbox's file.

    control.py BINARY

A simulated feed fills the outbox; one destination takes everything, one refuses until it is told otherwise, one is never there.
Exits with 1 and the relay's log at the first thing that is not so.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import secrets
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time

from harness import PATIENCE_SECONDS, Program, Receiver, wait_until

EVENTS = 90
SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1lbmQtdG8tZW5kLWNoZWNr"


class Relay:
    """A relay's configuration, its outbox, and the commands on them."""

    def __init__(self, binary, folder, feeds, billing_url, other_url):
        self.binary, self.folder = binary, folder
        self.config = pathlib.Path(folder, "relay.json")
        self.outbox = pathlib.Path(folder, "data/outbox.sqlite")
        self.socket = pathlib.Path(f"{self.outbox}.sock")
        self.token = secrets.token_hex(12)
        self.document = {
            "feeds": feeds,
            "destinations": {
                "billing": {"url": f"{billing_url}/?key={self.token}", "secrets": [SECRET], "retry": {"schedule": ["100ms"]}},
                # Dead after two attempts.
                "refusing": {
                    "url": f"{other_url}/refusing", "secrets": [SECRET], "order": "none",
                    "retry": {"schedule": ["50ms"], "jitter": 0}},
                # Waits for an hour after its first attempt.
                "waiting": {
                    "url": f"{other_url}/waiting", "secrets": [SECRET], "order": "none", "retry": {"schedule": ["1h"]}},
            },
            "rules": {
                "everything": {"match": {}, "deliverTo": ["billing"]},
                "paid": {"match": {"type": ["payment"]}, "deliverTo": ["refusing"]},
                "settled": {"match": {"type": ["settlement"]}, "deliverTo": ["waiting"]},
            },
            "outbox": {"path": "data/outbox.sqlite"},
        }
        self.write()

    def write(self, text=None):
        self.config.write_text(text or json.dumps(self.document))

    def start(self):
        return Program(self.binary, ["run", "--config", self.config], self.folder)

    def run(self, *arguments, status=0, says=None, config=None, limit=PATIENCE_SECONDS):
        """Runs a command; its output where it succeeds, what it says on standard error where it does not."""
        words = list(arguments)
        result = subprocess.run(
            [self.binary, *words, "--config", config or self.config], capture_output=True, text=True, timeout=limit)
        both = result.stdout + result.stderr
        assert result.returncode == status, f"{words}: exit {result.returncode}, not {status}: {both}"
        assert SECRET not in both and self.token not in both, f"{words}: a secret is shown: {both}"
        if says is not None:
            assert says in both, f"{words}: {says!r} is not in: {both}"
        if status in (1, 78):
            assert result.stdout == "" or arguments[0] == "destinations", f"{words}: {result.stdout}"
            assert len(result.stderr.splitlines()) == 1, f"{words}: not one sentence: {result.stderr}"
        return result.stdout if status == 0 else both

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json"))

    def ask(self, sql, *values):
        with contextlib.closing(sqlite3.connect(f"file:{self.outbox}?mode=ro", uri=True)) as connection:
            return connection.execute(sql, values).fetchall()

    def states(self, destination):
        return dict(self.ask(
            "SELECT state, count(*) FROM delivery JOIN destination d ON d.id = destination WHERE d.name = ? GROUP BY state",
            destination))

    def state(self, identifier):
        return self.ask("SELECT state FROM delivery WHERE id = ?", int(identifier))[0][0]

    def pages(self, *arguments, limit=50):
        """All deliveries of a listing, page by page."""
        found, cursor = [], None
        while True:
            page = self.json("deliveries", "list", *arguments, "--limit", str(limit), *(["--cursor", cursor] if cursor else []))
            assert len(page["deliveries"]) <= limit
            found += page["deliveries"]
            cursor = page["cursor"]
            if cursor is None:
                return found

    def one(self, destination, state, *arguments):
        page = self.json("deliveries", "list", "--destination", destination, "--state", state, "--limit", "1", *arguments)
        assert page["deliveries"], f"no {state} delivery for {destination}"
        return page["deliveries"][0]["id"]


def check_listing(relay):
    """Lists, pages, shown deliveries and the export say what the file has."""
    rows = relay.ask(
        "SELECT delivery.id, d.name, state, attempts FROM delivery JOIN destination d ON d.id = destination ORDER BY delivery.id DESC")
    for limit in (7, 1000):
        listed = relay.pages(limit=limit)
        assert [(int(one["id"]), one["destination"], one["state"], one["attempts"]) for one in listed] == rows, "not the file's"
    for name in ("billing", "refusing", "waiting"):
        for state in ("pending", "delivered", "dead", "discarded"):
            expected = [str(row[0]) for row in rows if row[1] == name and row[2] == state]
            assert [one["id"] for one in relay.pages("--destination", name, "--state", state)] == expected, (name, state)
    assert len(relay.pages("--since", "1h")) == len(rows) and relay.pages("--until", "1h") == []
    relay.run("deliveries", "list", "--until", "2020-01-01", says="no delivery fits")
    relay.run("deliveries", "list", "--limit", "5", says="more: --cursor")
    event = listed[0]["event"]
    assert {one["event"] for one in relay.pages("--event", event)} == {event}
    assert {rule for one in relay.pages("--rule", "paid") for rule in one["rules"]} == {"paid"}

    shown = relay.json("deliveries", "show", relay.one("refusing", "dead", "--rule", "paid"))
    [(data, attempts)] = relay.ask(
        "SELECT CAST(data AS TEXT), (SELECT count(*) FROM attempt WHERE delivery = delivery.id) "
        "FROM delivery JOIN event ON seq = event WHERE delivery.id = ?", int(shown["id"]))
    assert shown["data"] == json.loads(data) and len(shown["history"]) == attempts == 2, shown
    assert shown["history"][0]["status"] == 500 and shown["state"] == "dead"
    text = relay.run("deliveries", "show", shown["id"])
    assert shown["event"] in text and "paymentId" in text and "500" in text, text

    exported = [json.loads(line) for line in relay.run("deliveries", "export").splitlines()]
    assert [int(one["id"]) for one in exported] == [row[0] for row in reversed(rows)], "not the file's"
    # The file alone knows no secret: of the request it has all but the signature and the destination's own headers.
    [same] = [one for one in exported if one["id"] == shown["id"]]
    sent, known = shown.pop("request"), same.pop("request")
    assert shown == same and (sent["url"], sent["body"]) == (known["url"], known["body"]), (sent, known)
    assert {one["name"]: one["value"] for one in known["headers"]}["webhook-signature"] is None
    dead = relay.run("deliveries", "export", "--state", "dead", "--destination", "refusing").splitlines()
    assert [json.loads(line)["state"] for line in dead] == ["dead"] * len(dead) and dead


def check_match(relay):
    """A settlement is judged with the payment that the outbox remembers, whether the relay runs or not."""
    [(data,)] = relay.ask("SELECT CAST(data AS TEXT) FROM event WHERE type = 'settlement' ORDER BY seq DESC LIMIT 1")
    event = pathlib.Path(relay.folder, "settlement.json")
    event.write_text(data)
    answer = relay.json("match", "--event", str(event))
    assert answer["matched"] == ["everything", "settled"], answer
    config = pathlib.Path(relay.folder, "payers.json")
    document = json.loads(relay.config.read_text())
    document["rules"] = {"paying": {"match": {"sender": [{"exists": True}]}, "deliverTo": ["billing"]}}
    config.write_text(json.dumps(document))
    relay.run("match", "--event", str(event), config=config, says="match     paying")
    document["outbox"]["path"] = "none/outbox.sqlite"
    config.write_text(json.dumps(document))
    relay.run("match", "--event", str(event), config=config, says="no match  paying: sender")


def check_refusals(relay, is_running):
    """What is wrong with a command's words, or names nothing, is one sentence and the contract's code."""
    for verb in ("show", "retry", "discard"):
        relay.run("deliveries", verb, "999999", status=1, says="no delivery 999999")
        relay.run("deliveries", verb, "nonsense", status=1, says="nonsense")
    for verb in ("pause", "resume"):
        relay.run("destinations", verb, "nobody", status=1, says="known: billing, refusing, waiting")
    relay.run("deliveries", "list", "--destination", "nobody", status=1, says="nobody")
    relay.run("replay", "--destination", "nobody", status=1, says="nobody")
    relay.run("replay", "--id", "999999", status=1, says="no delivery 999999")
    relay.run("replay", "--id", "evt_" + "0" * 32, status=1, says="no delivery carries the event evt_000")
    # The file alone does not know which rules there are.
    if is_running:
        relay.run("replay", "--rule", "nobody", status=1, says="known: everything, paid, settled")
    else:
        relay.run("replay", "--rule", "nobody", says="no delivery fits")
    for wrong in (
        ["deliveries", "list", "--state", "lost"], ["deliveries", "list", "--since", "yesterday"],
        ["deliveries", "list", "--until", "2026-13-01"], ["deliveries", "list", "--limit", "0"],
        ["deliveries", "list", "--event", "evt_12"], ["deliveries", "list", "--cursor", "x"], ["deliveries", "export", "--state", "x"],
        ["replay"], ["replay", "--id", "evt_12"], ["replay", "--since", "-1h"], ["deliveries", "shwo", "1"],
    ):
        relay.run(*wrong, status=64)


def operate_up(relay, listen, receiver, refusing):
    """Everything that a running relay is asked."""
    assert stat.S_IMODE(relay.socket.stat().st_mode) == 0o600
    relay.run("healthcheck", says="alive")
    wait_until(lambda: relay.json("status")["ready"], "never ready")
    status = relay.json("status")
    assert status["running"] and [one["name"] for one in status["destinations"]] == ["billing", "refusing", "waiting"], status
    relay.run("status", says="ready")
    assert relay.json("feeds")["feeds"][0]["received"] == EVENTS
    relay.run("feeds", says="connected")
    counts = {one["name"]: one for one in relay.json("destinations", "list")["destinations"]}
    for name, one in counts.items():
        assert {state: one[state] for state in ("pending", "delivered", "dead") if one[state]} == relay.states(name), one
    relay.run("destinations", "list", says="waiting")
    check_listing(relay)
    check_refusals(relay, is_running=True)
    check_match(relay)

    identifier = relay.one("refusing", "dead")
    refusing.clear()
    relay.run("deliveries", "retry", identifier, says="pending")
    wait_until(lambda: relay.state(identifier) == "delivered", "the retried one is not delivered")
    identifier = relay.one("waiting", "pending")
    relay.run("deliveries", "discard", identifier, says="discarded")
    assert relay.state(identifier) == "discarded"
    relay.run("deliveries", "discard", identifier, status=1, says="discarded")

    before = listen.output.count("  verified")
    delivered = relay.states("billing")["delivered"]
    relay.run("replay", "--destination", "billing", "--since", "1h", says=f"{delivered} deliveries are sent again")
    wait_until(lambda: listen.output.count("a repeat") >= delivered, lambda: listen.output[-500:])
    after = listen.output.count("  verified")
    assert after == before + delivered, f"{after} webhooks, {before} before and {delivered} sent again"
    wait_until(lambda: relay.states("billing") == {"delivered": delivered}, lambda: relay.states("billing"))

    relay.run("destinations", "pause", "billing", says="paused")
    assert relay.ask("SELECT stop FROM destination WHERE name = 'billing'") == [("paused",)]
    relay.run("destinations", "test", "billing", status=1, says="paused")
    relay.run("destinations", "resume", "billing", says="active")
    wait_until(lambda: "relay.test" in listen.output, "the paused test is not sent")
    relay.run("destinations", "test", "billing", says="200")
    refusing.add("/refusing")
    relay.run("destinations", "test", "refusing", status=1, says="500")
    relay.run("destinations", "test", "nobody", status=1, says="known: billing, refusing, waiting")

    relay.run("reload", says="nothing changed")
    relay.document["destinations"]["waiting"]["timeout"] = "3s"
    relay.write()
    relay.run("reload", says="destinations.waiting")
    good = relay.config.read_text()
    relay.write(good.replace('"paid"', '"paid "'))
    relay.run("reload", status=78, says="relay.json:1:")
    relay.run("healthcheck")
    relay.run("deliveries", "list", says="billing")
    relay.write(good)


def operate_down(relay):
    """The same outbox after the relay was killed: its socket is left, and nobody listens there."""
    assert relay.socket.exists()
    for command in (["healthcheck"], ["feeds"], ["reload"], ["destinations", "test", "billing"]):
        relay.run(*command, status=1, says="not running")
    relay.run("status", says="the relay is not running")
    status = relay.json("status")
    assert not status["running"] and status["outbox"]["size"] > 0, status
    check_listing(relay)
    check_refusals(relay, is_running=False)
    check_match(relay)

    identifier = relay.one("waiting", "pending")
    relay.run("deliveries", "discard", identifier, says="discarded")
    assert relay.state(identifier) == "discarded"
    relay.run("deliveries", "retry", identifier, says="pending")
    assert relay.state(identifier) == "pending"
    ended = sum(relay.states("refusing").values())
    # The test is dead, too, but of no rule.
    relay.run("replay", "--destination", "refusing", "--rule", "paid", "--since", "1h", says=f"{ended - 1} deliveries")
    assert relay.states("refusing") == {"pending": ended - 1, "dead": 1}, relay.states("refusing")
    relay.run("destinations", "pause", "waiting", says="paused")
    assert relay.ask("SELECT stop FROM destination WHERE name = 'waiting'") == [("paused",)]
    relay.run("status", says="paused")
    relay.run("destinations", "resume", "waiting", says="active")
    assert relay.ask("SELECT stop FROM destination WHERE name = 'waiting'") == [(None,)]
    relay.run("destinations", "pause", "billing")


def awkward(relay):
    """Configurations that the relay would refuse, an outbox that is not there, and relays that do not answer."""
    good = relay.config.read_text()
    relay.write(good.replace('"protocol"', '"protocoll"').replace('"match"', '"macth"'))
    relay.run("deliveries", "list", says="billing")
    relay.write("{")
    relay.run("deliveries", "list", status=78, says="relay.json:1:2")
    relay.write(good)
    relay.run("deliveries", "list", status=78, says="nowhere.json", config="nowhere.json")

    empty = pathlib.Path(relay.folder, "empty.json")
    empty.write_text(json.dumps({"outbox": {"path": "none/outbox.sqlite"}}))
    for command in (["status"], ["deliveries", "list"], ["deliveries", "retry", "1"], ["deliveries", "export"]):
        relay.run(*command, status=1, says="there is no outbox", config=empty)
    assert not empty.with_name("none").exists(), "it was made"

    identifier = relay.one("billing", "delivered")
    with open(f"{relay.outbox}.lock", "r+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        relay.run("deliveries", "show", identifier, says="billing")
        relay.run("deliveries", "retry", identifier, status=1, says="does not answer")
        relay.socket.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(str(relay.socket))
            silent.listen()
            begin = time.monotonic()
            relay.run("healthcheck", status=1, says="does not answer")
            assert 2 < time.monotonic() - begin < 10, "the health check's patience"
            relay.run("deliveries", "retry", identifier, status=1, says="does not answer")
        relay.socket.unlink()
    assert relay.state(identifier) == "delivered"


def check_output(binary, relay):
    """Output that nobody reads is no failure, output that cannot be written is one."""
    command = [binary, "deliveries", "export", "--config", relay.config]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as export:
        export.stdout.readline()
        export.stdout.close()
        assert export.wait(PATIENCE_SECONDS) == 0 and export.stderr.read() == b""
    for arguments in (command, [binary, "secret", "new"], [binary, "--help"]):
        with open("/dev/full", "wb") as full:
            result = subprocess.run(arguments, stdout=full, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_SECONDS)
        assert result.returncode == 1 and "cannot be written" in result.stderr, (arguments, result)


def control(binary, folder):
    refusing = {"/refusing"}
    receiver = Receiver(lambda path, *_: 500 if path in refusing else 404 if path == "/waiting" else 204)
    arguments = ["--protocol", "interface402", "--port", "0", "--rate", "max", "--count", str(EVENTS), "--seed", "7"]
    with Program(binary, ["simulate", *arguments], folder) as simulator, \
            Program(binary, ["listen", "--port", "0"], folder, {"X402_RELAY_SECRET": SECRET}) as listen:
        wait_until(lambda: "Wallets" in simulator.output and "listening" in listen.log, lambda: simulator.output + listen.log)
        feeds = json.loads("{" + simulator.output.split("\n\n")[1] + "}")
        relay = Relay(binary, folder, feeds, listen.log.split()[-1], receiver.url)
        with relay.start() as program:
            def is_full():
                program.check_alive()
                return relay.socket.exists() and relay.states("billing") == {"delivered": EVENTS} \
                    and "pending" not in relay.states("refusing") \
                    and len(receiver.all("/waiting")) == relay.states("waiting").get("pending")

            wait_until(is_full, lambda: f"{relay.states('billing')} {relay.states('refusing')}")
            operate_up(relay, listen, receiver, refusing)
            wait_until(lambda: "pending" not in relay.states("refusing"), lambda: relay.states("refusing"))
            program.process.send_signal(signal.SIGKILL)
            program.process.wait()
        operate_down(relay)
        awkward(relay)
        check_output(binary, relay)

        refusing.clear()
        with relay.start():
            wait_until(lambda: "pending" not in relay.states("refusing"), lambda: relay.states("refusing"))
            assert relay.json("destinations", "list")["destinations"][0]["state"] == "paused"
            relay.run("destinations", "resume", "billing", says="active")
            relay.run("healthcheck")
        assert relay.ask("PRAGMA integrity_check") == [("ok",)]
    print(f"   {EVENTS} events, {len(receiver.all('/refusing'))} requests to the destination that refuses")


def main():
    binary = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        control(binary, folder)


if __name__ == "__main__":
    main()
