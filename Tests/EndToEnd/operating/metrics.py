#!/usr/bin/env python3
"""Reads the built relay's `/metrics` as others do: with the parser of Prometheus' client for Python, and with promtool.

    metrics.py BINARY

A feed sends events to a receiver that takes some and refuses some; then every family has to be there with HELP and TYPE, histograms have
to be whole, no label may hold what must not be told, and counters have to grow and never shrink. Exits with 1 at the first fault.
"""

import argparse
import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import Feed, Program, Receiver, wait_until

TOKEN = "metrics-" + "t" * 24
SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1lbmQtdG8tZW5kLWNoZWNr"
WALLET = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
EVENTS = 200
LABELS = {"version", "feed", "destination", "outcome", "state", "window", "le"}
TYPE = "text/plain; version=0.0.4; charset=utf-8"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def configuration(feed, receiver, port):
    destination = {"secrets": [SECRET], "retry": {"schedule": ["1h"]}, "order": "none"}
    return {
        "feeds": {"payments": {"protocol": "interface402", "url": feed.url, "apiKey": "key", "keys": ["payments"]}},
        "destinations": {
            name: {**destination, "url": f"{receiver.url}/{name}"} for name in ("billing", "broken")},
        "rules": {"all": {"match": {"type": ["payment"]}, "deliverTo": ["billing", "broken"]}},
        "outbox": {"path": "outbox.sqlite"},
        "admin": {"listen": f"127.0.0.1:{port}", "token": TOKEN},
    }


def payment(number):
    return json.dumps({
        "type": "payment", "id": f"pay_{number}", "paymentId": f"pay_{number}", "sender": "alice", "recipient": WALLET,
        "amount": "0.5", "timestamp": int(time.time() * 1000)})


def get(port):
    # Without a token: what is at /metrics needs none.
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        assert answer.headers["content-type"] == TYPE, answer.headers["content-type"]
        return answer.read().decode()


def samples(page):
    """The samples by name and labels; each once, and each family whole and explained."""
    found = {}
    for family in text_string_to_metric_families(page):
        assert family.documentation and family.type in ("counter", "gauge", "histogram"), family
        for sample in family.samples:
            assert set(sample.labels) <= LABELS, sample
            key = (sample.name, *sorted(sample.labels.items()))
            assert key not in found, f"twice: {key}"
            found[key] = sample.value
        if family.type == "histogram":
            check_histogram(family)
    return found


def check_histogram(family):
    series = {}
    for sample in family.samples:
        labels = tuple(sorted(item for item in sample.labels.items() if item[0] != "le"))
        part = sample.name.removeprefix(family.name)
        series.setdefault(labels, {}).setdefault(part, []).append((sample.labels.get("le"), sample.value))
    for labels, parts in series.items():
        bounds = [float(bound) for bound, _ in parts["_bucket"]]
        counts = [count for _, count in parts["_bucket"]]
        assert bounds == sorted(set(bounds)) and bounds[-1] == float("inf"), (family.name, labels, bounds)
        assert counts == sorted(counts) and counts[-1] == parts["_count"][0][1], (family.name, labels, counts)
        assert parts["_sum"][0][1] >= 0 and all("e" not in bound.lower() for bound, _ in parts["_bucket"]), family.name


def check_promtool(page):
    tool = subprocess.run(["promtool", "check", "metrics"], input=page, capture_output=True, text=True)
    assert tool.returncode == 0 and not tool.stdout + tool.stderr, tool.stdout + tool.stderr


def check_page(page, status):
    found = samples(page)
    check_promtool(page)
    for forbidden in (WALLET, TOKEN, SECRET, "127.0.0.1", "pay_", "evt_", "outbox.sqlite", "http"):
        assert forbidden not in page, f"tells {forbidden}"
    expected = {
        ("x402_relay_build_info", ("version", status["version"])): 1,
        ("x402_relay_ready",): 1,
        ("x402_relay_feed_up", ("feed", "payments")): 1,
        ("x402_relay_feed_messages_received_total", ("feed", "payments")): EVENTS,
        ("x402_relay_feed_events_matched_total", ("feed", "payments")): EVENTS,
        ("x402_relay_outbox_writable",): 1,
        ("x402_relay_rules",): 1,
    }
    for name, outcome, others in (("billing", "delivered", "dead"), ("broken", "dead", "delivered")):
        label = ("destination", name)
        expected |= {
            ("x402_relay_deliveries_accepted_total", label): EVENTS,
            ("x402_relay_deliveries_in_outbox", label, ("state", outcome)): EVENTS,
            ("x402_relay_deliveries_in_outbox", label, ("state", others)): 0,
            ("x402_relay_deliveries_total", label, ("outcome", outcome)): EVENTS,
            ("x402_relay_deliveries_total", label, ("outcome", others)): 0,
            ("x402_relay_attempt_duration_seconds_count", label): EVENTS,
            ("x402_relay_delivery_latency_seconds_count", label): EVENTS if outcome == "delivered" else 0,
        }
    wrong = {key: (found.get(key), value) for key, value in expected.items() if found.get(key) != value}
    assert not wrong, f"found and expected: {wrong}"
    assert 1e6 < found["process_resident_memory_bytes",] < 1e9
    assert found["process_open_fds",] < found["process_max_fds",]
    assert abs(time.time() - found["process_start_time_seconds",]) < 600
    assert not any(name.startswith("x402_relay_spen") for name, *_ in found), "payments are not configured"
    return found


def check_growth(before, after):
    for key, value in before.items():
        if key[0].endswith(("_total", "_count", "_bucket", "_sum")):
            assert after[key] >= value, f"{key} went from {value} to {after[key]}"
    assert after["process_start_time_seconds",] == before["process_start_time_seconds",]


def run(binary, folder):
    feed = Feed([(payment(number), True) for number in range(EVENTS)], "key", ["payments"])
    receiver = Receiver(lambda path, identity, before: 204 if path == "/billing" else 422)
    port = free_port()
    content = configuration(feed, receiver, port)
    content["destinations"]["broken"]["retry"]["giveUpOn"] = [422]
    file = pathlib.Path(folder, "relay.json")
    file.write_text(json.dumps(content))
    with Program(binary, ["run", "--config", str(file)], folder) as relay:
        def status():
            answer = subprocess.run(
                [binary, "status", "--json", "--config", str(file)], capture_output=True, text=True)
            return json.loads(answer.stdout) if answer.returncode == 0 else None

        def is_done():
            relay.check_alive()
            now = status()
            ended = {entry["name"]: entry["delivered"] + entry["dead"] for entry in now["destinations"]} if now else {}
            return ended == {"billing": EVENTS, "broken": EVENTS}

        wait_until(is_done, lambda: f"all have ended: {status()}")
        first = check_page(get(port), status())
        check_growth(first, check_page(get(port), status()))
        assert relay.stop() == 0
    print(f"{len(first)} series of /metrics hold, by prometheus_client's parser and by promtool")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=os.path.abspath)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(arguments.binary, folder)


if __name__ == "__main__":
    main()
