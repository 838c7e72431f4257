#!/usr/bin/env python3
"""Counts ten thousand mixed events, failures among them, and holds every figure that the relay shows against the count.

    figures.py BINARY

What the feed sent and the receivers took is counted here; `status`, the API, `/metrics`, the dashboard and the outbox's file have to
say the same. Meanwhile a hundred clients follow the live events, and half of them never read: that takes nothing from the deliveries.
Exits with 1 and the relay's log at the first figure that is another one.
"""

import argparse
import collections
import contextlib
import http.server
import json
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.request

from playwright.sync_api import sync_playwright
from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from followers import Follower, check_followers
from harness import PATIENCE_SECONDS, Feed, Program, wait_until
from mixed import mixed_events

FOLLOWERS = 100
TOKEN = "figures-" + "t" * 24
SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1lbmQtdG8tZW5kLWNoZWNr"
STATES = ("pending", "delivered", "dead", "discarded")


class Receiver:
    """Answers by path: `/billing` refuses every twentieth event once, `/picky` every fiftieth for ever. Counts its answers."""

    def __init__(self):
        self.answers = collections.Counter()
        self._seen = collections.Counter()
        self._lock = threading.Lock()
        receiver = self

        class Endpoint(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["content-length"]))
                with receiver._lock:
                    status = receiver._status(self.path, self.headers["webhook-id"])
                    receiver.answers[self.path, status] += 1
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def _status(self, path, identifier):
        self._seen[path, identifier] += 1
        draw = int(identifier[-6:], 16)
        if path == "/billing" and draw % 20 == 0 and self._seen[path, identifier] == 1:
            return 500
        if path == "/picky" and draw % 50 == 0:
            return 404
        return 200


class Relay:
    """The relay under count: its configuration, and each way to ask it for its figures."""

    def __init__(self, binary, folder, feed, receiver, closed_port):
        self.binary, self.folder = binary, folder
        self.config = pathlib.Path(folder, "relay.json")
        self.outbox = pathlib.Path(folder, "data/outbox.sqlite")
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        quick = {"schedule": ["100ms", "100ms"], "jitter": 0}
        self.document = {
            "feeds": {"payments": {"url": feed.url, "protocol": "interface402", "apiKey": "key", "keys": ["payments"]}},
            "destinations": {
                "billing": {"url": f"{receiver.url}/billing", "secrets": [SECRET], "retry": quick, "concurrency": 16},
                "picky": {"url": f"{receiver.url}/picky", "secrets": [SECRET], "retry": quick, "order": "none"},
                "stopped": {"url": f"{receiver.url}/stopped", "secrets": [SECRET], "order": "none"},
                "nobody": {"url": f"http://127.0.0.1:{closed_port}/", "secrets": [SECRET], "order": "none"},
                "settled": {"url": f"{receiver.url}/settled", "secrets": [SECRET], "order": "none"},
            },
            "rules": {
                "large": {"match": {"type": ["payment"], "amount": [{"numeric": [">", 1]}]}, "deliverTo": ["billing"]},
                "payments": {"match": {"type": ["payment"]}, "deliverTo": ["stopped", "nobody"]},
                "refunds": {"match": {"type": ["refund"]}, "deliverTo": ["picky"]},
                "settlements": {"match": {"type": ["settlement"], "recipient": ["Recipient3"]}, "deliverTo": ["settled"]},
            },
            "outbox": {"path": "data/outbox.sqlite"},
            "admin": {"listen": f"127.0.0.1:{self.port}", "token": TOKEN},
        }
        self.write(self.document)

    def write(self, document):
        self.config.write_text(json.dumps(document))

    def run(self, *arguments):
        result = subprocess.run(
            [self.binary, *arguments, "--config", self.config], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        assert result.returncode == 0, f"{arguments}: {result.stderr}"
        return result.stdout

    def get(self, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", data=body, headers={"authorization": f"Bearer {TOKEN}"})
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return answer.read().decode()

    def is_up(self):
        try:
            return bool(self.get("/healthz"))
        except OSError:
            return False

    def api(self, path, body=None):
        return json.loads(self.get("/api/v1/" + path, body))

    def metrics(self):
        """Every sample by its name and labels."""
        return {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(self.get("/metrics")) for sample in family.samples}

    def ask(self, sql, *values):
        with contextlib.closing(sqlite3.connect(f"file:{self.outbox}?mode=ro", uri=True)) as connection:
            return connection.execute(sql, values).fetchall()

    def states(self):
        """Deliveries by destination and state, as the file has them."""
        return collections.Counter({(name, state): count for name, state, count in self.ask(
            "SELECT name, state, count(*) FROM delivery JOIN destination d ON d.id = destination GROUP BY 1, 2")})

    def destinations(self):
        return {one["name"]: one for one in self.api("destinations")["destinations"]}


def same(what, *figures):
    assert len(set(figures)) == 1, f"{what}: {figures}"


def settle(relay, count):
    """Waits until all that can come to an end has; `nobody` goes on trying, and so is stopped, too."""
    def is_over():
        found = relay.destinations()
        return (relay.api("feeds")["feeds"][0]["received"] == count.received
                and all(one["sinceStart"]["accepted"] == count.accepted[name] for name, one in found.items())
                and all(found[name]["pending"] == 0 for name in ("billing", "picky", "settled"))
                and all(one["inFlight"] == 0 for one in found.values()))

    wait_until(lambda: relay.api("feeds")["feeds"][0]["received"] == count.received, "the feed's events are not all there")
    relay.run("destinations", "pause", "nobody")
    wait_until(is_over, lambda: relay.run("status"))


def operate(relay):
    """Discards and brings back some deliveries; how many."""
    waiting = relay.api("deliveries?destination=stopped&state=pending&limit=30")["deliveries"]
    for one in waiting:
        relay.api(f"deliveries/{one['id']}/discard", b"")
    dead = relay.api("deliveries?destination=picky&state=dead&limit=5")["deliveries"]
    for one in dead:
        relay.api(f"deliveries/{one['id']}/retry", b"")
    delivered = relay.api("deliveries?destination=billing&state=delivered&limit=7")["deliveries"]
    for one in delivered:
        relay.api(f"deliveries/{one['id']}/retry", b"")
    return len(waiting), len(dead), len(delivered)


def check_feed(relay, count):
    feed, metrics = relay.api("feeds")["feeds"][0], relay.metrics()
    printed = json.loads(relay.run("feeds", "--json"))["feeds"][0]
    for name, metric, expected in (
            ("received", "feed_messages_received", count.received), ("matched", "feed_events_matched", count.matched),
            ("repeated", "feed_events_duplicate", count.repeated), ("malformed", "feed_messages_malformed", count.malformed)):
        same(name, expected, feed[name], printed[name], metrics[f"x402_relay_{metric}_total", "payments"])
    same("gaps", 0, feed["gaps"], metrics["x402_relay_feed_gaps_total", "payments"])


def check_destinations(relay, count, receiver, again):
    """Every figure of every destination, by all who tell it."""
    found, metrics, file = relay.destinations(), relay.metrics(), relay.states()
    printed = {one["name"]: one for one in json.loads(relay.run("status", "--json"))["destinations"]}
    recorded = dict(relay.ask(
        "SELECT d.name, count(*) FROM attempt JOIN delivery ON delivery.id = attempt.delivery "
        "JOIN destination d ON d.id = delivery.destination GROUP BY 1"))
    for name, one in found.items():
        for state in STATES:
            same((name, state), file[name, state], one[state], printed[name][state],
                 metrics["x402_relay_deliveries_in_outbox", *sorted((name, state))])
        since = one["sinceStart"]
        same((name, "accepted"), count.accepted[name], since["accepted"], sum(file[name, state] for state in STATES),
             metrics["x402_relay_deliveries_accepted_total", name])
        for outcome in ("delivered", "dead", "discarded"):
            # What was brought back ended twice.
            expected = file[name, outcome] + again[outcome].get(name, 0)
            same((name, outcome), expected, since[outcome], metrics["x402_relay_deliveries_total", *sorted((name, outcome))])
        attempts = since["attempts"]
        for outcome, answered in (("succeeded", lambda status: status == 200), ("refused", lambda status: status != 200)):
            taken = sum(n for (path, status), n in receiver.answers.items() if path == f"/{name}" and answered(status))
            same((name, outcome), taken, attempts[outcome],
                 metrics["x402_relay_attempts_total", *sorted((name, outcome))])
        total = sum(attempts.values())
        same((name, "attempts"), total, recorded.get(name, 0), since["attemptDuration"]["count"],
             metrics["x402_relay_attempt_duration_seconds_count", name])
        same((name, "latency"), since["delivered"] - again["delivered"].get(name, 0),
             since["latency"]["count"], metrics["x402_relay_delivery_latency_seconds_count", name])
    assert found["nobody"]["sinceStart"]["attempts"]["unanswered"] > 0, "nobody answered, and nobody says so"
    assert found["picky"]["dead"] > 0 and found["billing"]["sinceStart"]["attempts"]["refused"] > 0


def shown_facts(relay):
    """What the dashboard shows of each feed and destination once its row is opened: terms and figures, by group and name."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{relay.port}/")
        page.fill("#token", TOKEN)
        page.keyboard.press("Enter")
        page.wait_for_selector("#destinations-table tbody[data-row]")
        for opener in page.locator("#destinations-table .opener, #feeds-table .opener").all():
            opener.click()
        facts = page.evaluate("""() => [...document.querySelectorAll("#destinations-table tbody[data-row], #feeds-table tbody[data-row]")]
            .flatMap((row) => [...row.querySelectorAll(".more .group")].flatMap((group) => [...group.querySelectorAll("dl > div")]
                .map((fact) => [row.dataset.row, group.querySelector("h3").textContent, fact.querySelector("dt").textContent,
                    fact.querySelector("dd").textContent])))""")
        chromium.close()
    return {(name, group, term): text.replace(",", "") for name, group, term, text in facts}


def check_page(relay):
    """The dashboard shows the API's figures, which were held against all others."""
    facts, feed = shown_facts(relay), relay.api("feeds")["feeds"][0]
    for term, name in (("Events in", "received"), ("Matched by a rule", "matched"), ("Duplicates left out", "repeated"), ("Malformed", "malformed")):
        same(("page", term), str(feed[name]), facts["payments", "Since the start", term])
    for name, one in relay.destinations().items():
        since = one["sinceStart"]
        for term, figure in (
                ("Accepted", since["accepted"]), ("Delivered", since["delivered"]), ("Dead", since["dead"]), ("Discarded", since["discarded"]),
                ("Attempts that succeeded", since["attempts"]["succeeded"]),
                ("Attempts refused by an answer", since["attempts"]["refused"]),
                ("Attempts without an answer", since["attempts"]["unanswered"])):
            same(("page", name, term), str(figure), facts[name, "Since the start", term])
        for state in STATES:
            same(("page", name, state), str(one[state]), facts[name, "In the outbox", state.capitalize()])


def check_history(relay):
    """Once the step in which the last of it happened is over, the steps add up to the totals."""
    def sums():
        history, feeds = relay.api("history"), relay.api("feeds")["feeds"]
        since = [one["sinceStart"] for one in relay.destinations().values()]
        failed = sum(one["attempts"]["refused"] + one["attempts"]["unanswered"] for one in since)
        return ([sum(history[name]) for name in ("received", "matched", "delivered", "failed")],
                [feeds[0]["received"], feeds[0]["matched"], sum(one["delivered"] for one in since), failed])

    wait_until(lambda: (lambda steps, totals: steps == totals)(*sums()), lambda: f"steps and totals: {sums()}")
    history, found = relay.api("history"), relay.destinations()
    for name, one in found.items():
        same((name, "backlog"), one["pending"], history["backlog"][name][-1])


def check_removed(relay):
    """A destination that a reload takes out keeps its deliveries and its counters, also when another puts it back."""
    before, document = relay.destinations()["stopped"], json.loads(json.dumps(relay.document))
    del document["destinations"]["stopped"]
    document["rules"]["payments"]["deliverTo"] = ["nobody"]
    for configuration, state in ((document, "removed"), (relay.document, "paused")):
        relay.write(configuration)
        relay.run("reload")
        now, metrics = relay.destinations()["stopped"], relay.metrics()
        same("its state", state, now["state"])
        same("its counters", json.dumps(before["sinceStart"]), json.dumps(now["sinceStart"]))
        for one in STATES:
            same(("stopped", one, state), before[one], now[one], relay.states()["stopped", one],
                 metrics["x402_relay_deliveries_in_outbox", *sorted(("stopped", one))])


def check_again(relay):
    """After a start counters begin anew, and what is in the outbox is the same."""
    found, file = relay.destinations(), relay.states()
    for name, one in found.items():
        same((name, "since the start"), 0, *(one["sinceStart"][key] for key in ("accepted", "delivered", "dead", "discarded")))
        for state in STATES:
            same((name, state, "again"), file[name, state], one[state])


def check_stopped(relay):
    """The outbox alone says the same."""
    file = relay.states()
    for one in json.loads(relay.run("status", "--json"))["destinations"]:
        for state in STATES:
            same((one["name"], state, "down"), file[one["name"], state], one[state])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary")
    options = parser.parse_args()
    count, receiver = mixed_events(), Receiver()
    with socket.create_server(("127.0.0.1", 0)) as closed, tempfile.TemporaryDirectory() as folder:
        closed_port = closed.getsockname()[1]
        closed.close()
        feed = Feed(count.frames, "key", ["payments"], waits=True)
        relay = Relay(pathlib.Path(options.binary).resolve(), folder, feed, receiver, closed_port)
        with Program(relay.binary, ["run", "--config", relay.config], folder) as program:
            wait_until(relay.is_up, lambda: program.log)
            wait_until(lambda: relay.api("feeds")["feeds"][0]["state"] == "connected", lambda: program.log)
            relay.run("destinations", "pause", "stopped")
            followers = [Follower(relay.port, TOKEN, reads=number % 2 == 0) for number in range(FOLLOWERS)]
            reading = followers[::2]
            for follower in reading:
                assert follower.answered.wait(PATIENCE_SECONDS), "a follower got no answer"
            feed.begin()
            settle(relay, count)
            accepted = relay.ask("SELECT count(*) FROM event")[0][0]
            print(check_followers(reading, accepted))
            for follower in followers:
                follower.socket.close()
            discarded, revived, resent = operate(relay)
            settle(relay, count)
            again = {"delivered": {"billing": resent}, "dead": {"picky": revived}, "discarded": {}}
            assert discarded == relay.states()["stopped", "discarded"] > 0
            check_feed(relay, count)
            check_destinations(relay, count, receiver, again)
            check_page(relay)
            check_history(relay)
            check_removed(relay)
            program.check_alive()
            assert program.stop() == 0
        check_stopped(relay)
        with Program(relay.binary, ["run", "--config", relay.config], folder) as program:
            wait_until(relay.is_up, lambda: program.log)
            check_again(relay)
            assert program.stop() == 0
    print(f"{count.received} messages: status, API, page, metrics and the outbox say the same.")


if __name__ == "__main__":
    main()
