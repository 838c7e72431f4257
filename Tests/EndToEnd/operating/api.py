#!/usr/bin/env python3
"""Asks everything of the built relay's admin interface, as its own OpenAPI document has it, and what it must refuse.

    api.py BINARY

`schemathesis` makes requests out of the document, good and bad ones, while events come and go; then come the live events, the token,
and what a client may cost. Exits with 1 and the relay's log at the first thing that is not so.
"""

import base64
import contextlib
import http.client
import json
import pathlib
import re
import secrets
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import schemathesis
from jsonschema_rs import Draft202012Validator

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import PATIENCE_SECONDS, Program, Receiver, wait_until

SEED = 5
# Of each operation and phase: by count, not by time, so that a slow machine tests the same.
EXAMPLES = 25
# The stream has no end; `check_live_events` reads it.
ENDLESS = "followEvents"


class Admin:
    """The admin interface on its TCP port, asked without a library that would mend a request on its way."""

    def __init__(self, port, token=None):
        self.port, self.token = port, token
        self.url = f"http://127.0.0.1:{port}"

    def ask(self, method, target, headers=None, body=None):
        """Status, headers in lower case, body; the token goes along unless `headers` has an Authorization of its own."""
        headers = dict(headers or {})
        if self.token and "Authorization" not in headers:
            headers["Authorization"] = f"Bearer {self.token}"
        if headers.get("Authorization", "") is None:
            del headers["Authorization"]
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        with contextlib.closing(connection):
            connection.request(method, target, body, headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def json(self, method, target, body=None):
        status, _, answer = self.ask(method, target, body=None if body is None else json.dumps(body))
        assert status == 200, f"{method} {target}: {status} {answer[:300]}"
        return json.loads(answer)

    def raw(self, *pieces):
        """What comes back to these bytes until the server ends the connection; it may end it before it has read them all."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_SECONDS) as connection:
            with contextlib.suppress(ConnectionError):
                for piece in pieces:
                    connection.sendall(piece)
            answer = b""
            with contextlib.suppress(ConnectionError):
                while piece := connection.recv(1 << 16):
                    answer += piece
        return answer

    def head(self, line, *headers):
        """The beginning of a request, all but its empty line."""
        lines = [f"{line} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", f"Authorization: Bearer {self.token}", *headers]
        return "".join(one + "\r\n" for one in lines).encode()

    def is_alive(self):
        status, _, body = self.ask("GET", "/healthz")
        return status == 200 and body == b'{"status":"alive"}'


class Relay:
    """A relay that is fed by both simulated feeds, one of them paid, and whose deliveries come to every end there is."""

    def __init__(self, binary, folder, feeds, payments):
        self.binary, self.folder = binary, pathlib.Path(folder)
        self.outbox = self.folder / "outbox.sqlite"
        # One destination that takes everything, one that refuses everything, one that answers after the first attempt failed.
        self.receiver = Receiver(lambda path, _, before: 500 if path == "/refusing" or path == "/late" and before == 0 else 204)
        self.token = secrets.token_hex(16)

        def destination(name, *schedule):
            return {"url": f"{self.receiver.url}/{name}", "signature": "none", "order": "none",
                    "retry": {"schedule": list(schedule), "jitter": 0}}

        self.document = {
            "feeds": feeds,
            "destinations": {
                "taking": destination("taking", "1s"), "refusing": destination("refusing", "100ms"),
                "late": destination("late", "1h")},
            "rules": {
                "everything": {"match": {}, "deliverTo": ["taking"]},
                "paid": {"match": {"type": ["payment"], "amount": [{"numeric": [">", 0]}]}, "deliverTo": ["refusing", "late"]}},
            "outbox": {"path": self.outbox.name},
            "payments": payments,
            "log": {"format": "json"}}

    @contextlib.contextmanager
    def running(self, token):
        """Its admin interface while it runs; in the end it stops as it is told, and has nothing to complain about itself."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.document["admin"] = {"listen": f"127.0.0.1:{port}", **({"token": token} if token else {})}
        config = self.folder / "relay.json"
        config.write_text(json.dumps(self.document))
        with Program(self.binary, ["run", "--config", config], self.folder, {"X402_WALLET": "07" * 32}) as program:
            def listens():
                program.check_alive()
                return f"127.0.0.1:{port}" in program.log

            wait_until(listens, lambda: f"the admin interface does not listen: {program.log}")
            yield Admin(port, token)
            assert program.stop() == 0
            self.check_well(program)

    def check_well(self, program):
        with contextlib.closing(sqlite3.connect(f"file:{self.outbox}?mode=ro", uri=True)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        entries = [json.loads(line) for line in program.log.splitlines()]
        # A dead delivery is the receiver's fault.
        bad = [entry for entry in entries if entry["level"] in ("error", "critical") and "dead" not in entry["message"]]
        assert not bad, bad[:5]
        assert self.token not in program.log, "the token is in the log"


# MARK: The document's promises


def fill(admin):
    """Waits for deliveries in every state, and for a payment."""
    def has_all():
        found = {one["name"]: one for one in admin.json("GET", "/api/v1/destinations")["destinations"]}
        return found["taking"]["delivered"] and found["refusing"]["dead"] and found["late"]["pending"]

    wait_until(has_all, lambda: admin.ask("GET", "/api/v1/destinations"))
    [waiting] = admin.json("GET", "/api/v1/deliveries?destination=late&state=pending&limit=1")["deliveries"]
    assert admin.json("POST", f"/api/v1/deliveries/{waiting['id']}/discard")["state"] == "discarded"
    wait_until(lambda: admin.json("GET", "/api/v1/payments")["payments"], "no payment is in the ledger")
    wait_until(lambda: admin.ask("GET", "/readyz")[0] == 200, lambda: admin.ask("GET", "/readyz"))


def read_document(admin, binary):
    """The document as it is served: well-formed OpenAPI, of this relay."""
    document = admin.json("GET", "/api/v1/openapi.json")
    schemathesis.openapi.from_dict(document).validate()
    version = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    assert document["info"]["version"] in version, (document["info"], version)
    return document


def fuzz(admin, folder):
    """`schemathesis` with all of its checks, good and bad data, and chains of requests along the document's links."""
    config = pathlib.Path(folder, "schemathesis.toml")
    config.write_text(f"""
seed = {SEED}
workers = 1
request-timeout = {PATIENCE_SECONDS}
generation.database = "none"
[dictionaries]
feeds.values = ["payments", "solana"]
files.values = ["app.js", "page.css"]
destinations.values = ["taking", "refusing", "late"]
[parameters]
"path.name" = {{ dictionary = "destinations", probability = 0.7 }}
"path.file" = {{ dictionary = "files", probability = 0.7 }}
"query.destination" = {{ dictionary = "destinations", probability = 0.7 }}
"query.feed" = {{ dictionary = "feeds", probability = 0.7 }}
[[operations]]
include-operation-id = "matchEvent"
# What is an event, and that a feed must be named where there are two, is more than a schema can say.
checks.positive_data_acceptance.expected-statuses = ["200", "400", "404"]
""")
    result = subprocess.run(
        [pathlib.Path(sys.executable).with_name("schemathesis"), "--config-file", config, "run",
         f"{admin.url}/api/v1/openapi.json", "--header", f"Authorization: Bearer {admin.token}", "--checks", "all",
         "--exclude-operation-id", ENDLESS, "--max-examples", str(EXAMPLES), "--no-color",
         "--continue-on-failure"],
        capture_output=True, text=True, timeout=10 * PATIENCE_SECONDS, cwd=folder)
    assert result.returncode == 0, result.stdout[-12000:] + result.stderr[-2000:]
    print("  ", " ".join(result.stdout.split("Test cases:")[-1].split("Seed:")[0].split()))


def validator(description, schema):
    return Draft202012Validator({"components": description["components"], **schema}, validate_formats=True)


def frames(lines):
    """The frames of a stream of server-sent events, as dictionaries of their fields; data of several lines is joined."""
    frame = {}
    for line in lines:
        name, colon, value = line.rstrip(b"\n").decode().partition(":")
        value = value.removeprefix(" ")
        if name:
            frame[name] = f"{frame[name]}\n{value}" if name in frame else value
        elif not colon:
            yield frame
            frame = {}


def check_live_events(admin, description):
    """The stream's frames are as the document says, and what they tell is in the outbox."""
    media = description["paths"]["/api/v1/events"]["get"]["responses"]["200"]["content"]["text/event-stream"]
    schemas = {name: validator(description, schema) for name, schema in media["x-events"].items()}
    seen = 0
    connection = http.client.HTTPConnection("127.0.0.1", admin.port, timeout=PATIENCE_SECONDS)
    with contextlib.closing(connection):
        connection.request("GET", "/api/v1/events", headers={"Authorization": f"Bearer {admin.token}"})
        answer = connection.getresponse()
        assert answer.status == 200 and answer.getheader("content-type") == "text/event-stream", answer.getheaders()
        for frame in frames(iter(answer.readline, b"")):
            if "data" not in frame:
                continue
            data = json.loads(frame["data"])
            schemas[frame["event"]].validate(data)
            if frame["event"] == "event":
                assert frame["id"] == data["id"], frame
                event = data
                seen += 1
            if seen == 20:
                break
    listed = admin.json("GET", f"/api/v1/deliveries?event={event['id']}")["deliveries"]
    assert {one["destination"] for one in listed} == set(event["destinations"]), (event, listed)
    assert {rule for one in listed for rule in one["rules"]} == set(event["rules"]), (event, listed)


# MARK: Who may ask


def targets(description):
    """Every method and path of the document, with something in place of its parameters."""
    for path, item in description["paths"].items():
        for method in item:
            yield method.upper(), re.sub(r"\{[a-z]+\}", "taking" if "destinations" in path else "1", path)


def check_token(admin, description):
    """Without the token every path of the API answers 401 and nothing else, whatever is tried."""
    half = len(admin.token) // 2
    basic = base64.b64encode(f"admin:{admin.token}".encode()).decode()
    tries = [None, "", "Bearer", "Bearer ", "Bearer wrong", f"Bearer {admin.token}x", f"Bearer {admin.token[:-1]}",
             f"Bearer {admin.token[:half]} {admin.token[half:]}", f"Bearer {admin.token},", f'Bearer "{admin.token}"', admin.token,
             f"Basic {basic}", f"Digest {admin.token}", f"Token {admin.token}", f"BearerX {admin.token}", "Negotiate " + admin.token]
    before = admin.json("GET", "/api/v1/destinations")["destinations"]
    answers = set()
    asked = list(targets(description))
    unknown = [("GET", "/api"), ("GET", "/api/"), ("GET", "/api/v1/nothing"), ("DELETE", "/api/v1/status"), ("GET", "/%61pi/v1/status"),
               ("GET", f"/api/v1/status?token={admin.token}"), ("GET", f"/api/v1/status?access_token={admin.token}"),
               ("GET", "/api/v1/status?%zz"), ("HEAD", "/api/v1/status"), ("OPTIONS", "/api/v1/status"), ("GET", "/api/v1/%zz")]
    for method, target in asked + unknown:
        if not target.startswith(("/api", "/%61pi")):
            status, _, body = admin.ask(method, target, {"Authorization": None})
            assert status in (200, 404), f"{method} {target} without the token: {status} {body[:200]}"
            continue
        for text in tries:
            status, headers, body = admin.ask(method, target, {"Authorization": text}, "{}" if method == "POST" else None)
            assert status == 401 and headers["www-authenticate"].startswith("Bearer"), f"{method} {target} {text}: {status} {body[:200]}"
            if method != "HEAD":
                answers.add((body, headers["content-type"]))
    [(body, kind)] = answers
    assert kind == "application/problem+json", kind
    validator(description, {"$ref": "#/components/schemas/Problem"}).validate(json.loads(body))
    for target in ("/API/v1/status", "//api/v1/status", "/healthz/../api/v1/status", "/page/../api/v1/status", "/./api/v1/status",
                   "/page/..%2fapi%2fv1%2fstatus", "/page/..%2f..%2frelay.json"):
        status, _, body = admin.ask("GET", target, {"Authorization": None})
        assert status in (401, 404), f"{target}: {status} {body[:200]}"
    after = admin.json("GET", "/api/v1/destinations")["destinations"]
    assert [one["state"] for one in before] == [one["state"] for one in after], "it was done all the same"


def check_origin(admin, description):
    """A page of another origin gets nothing, even with the token; one of the relay's own does."""
    own = f"http://127.0.0.1:{admin.port}"
    assert admin.ask("GET", "/api/v1/status", {"Origin": own})[0] == 200
    for method, target in targets(description):
        for origin in ("http://evil.example", "null", f"http://127.0.0.1:{admin.port + 1}", f"{own}.evil.example", ""):
            status, headers, _ = admin.ask(method, target, {"Origin": origin}, "{}" if method == "POST" else None)
            assert status == 403, f"{method} {target} from {origin!r}: {status}"
            assert "access-control-allow-origin" not in headers, headers


def check_host(admin, description):
    """Without a token only names of this machine are answered (DNS rebinding), with their port."""
    for host in (f"127.0.0.1:{admin.port}", f"localhost:{admin.port}", f"[::1]:{admin.port}"):
        assert admin.ask("GET", "/api/v1/status", {"Host": host})[0] == 200, host
    for method, target in targets(description):
        for host in ("evil.example", f"evil.example:{admin.port}", "127.0.0.1", "", f"127.0.0.1.evil.example:{admin.port}"):
            status, _, body = admin.ask(method, target, {"Host": host}, "{}" if method == "POST" else None)
            assert status == 421, f"{method} {target} of {host!r}: {status} {body[:200]}"


# MARK: What a client may cost


def check_sizes(admin):
    """What is too large is refused before it is all there, and ends at most its own connection."""
    replay = "POST /api/v1/replay"
    match = "POST /api/v1/match?feed=payments"
    kib64, mib8 = 64 << 10, 8 << 20
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    refused = {
        "a body": (413, admin.head(replay, f"Content-Length: {kib64 + 1}") + b"\r\n" + b" " * (kib64 + 1)),
        "a body that never comes": (413, admin.head(replay, "Content-Length: 10000000000") + b"\r\n"),
        "a body in chunks": (413, admin.head(replay, "Transfer-Encoding: chunked") + b"\r\n" + chunk * 4 + b"0\r\n\r\n"),
        "an event": (413, admin.head(match, f"Content-Length: {mib8 + 2}") + b"\r\n"),
        "an event in chunks": (413, admin.head(match, "Transfer-Encoding: chunked") + b"\r\n" + chunk * 140 + b"0\r\n\r\n"),
        # The parser's own refusals.
        "headers in number": (400, admin.head("GET /healthz", *(f"X-{n}: 1" for n in range(101))) + b"\r\n"),
        "a header": (400, admin.head("GET /healthz", "X-Long: " + "x" * (17 << 10)) + b"\r\n"),
        "headers together": (400, admin.head("GET /healthz", *(f"X-{n}: " + "x" * 9000 for n in range(4))) + b"\r\n"),
        "a target": (400, admin.head("GET /healthz?" + "x" * (17 << 10)) + b"\r\n"),
        "what is no HTTP": (400, b"nonsense\r\n\r\n"),
    }
    for name, (status, request) in refused.items():
        answer = admin.raw(request)
        assert answer.startswith(f"HTTP/1.1 {status} ".encode()), f"{name}: {answer[:300]}"
        assert admin.is_alive(), name
    largest = json.dumps({"type": "payment", "note": "x" * (mib8 - 64)})
    assert admin.ask("POST", "/api/v1/match?feed=payments", body=largest)[0] == 200


def check_slow_clients(admin):
    """Requests that never come to their end, and answers that nobody reads, are waited for beside all others."""
    begun = [
        b"G", b"GET /api/v1/status HTTP/1.1\r\nHost: ", admin.head("GET /api/v1/status"), admin.head("GET /api/v1/status", "X-More: "),
        admin.head("POST /api/v1/replay", "Content-Length: 100") + b"\r\n{", admin.head("GET /api/v1/events") + b"\r\n",
        admin.head("GET /api/v1/openapi.json") + b"\r\n"]
    with contextlib.ExitStack() as open_ones:
        for _ in range(20):
            for request in begun:
                connection = open_ones.enter_context(socket.create_connection(("127.0.0.1", admin.port)))
                connection.sendall(request)
        for _ in range(50):
            assert admin.is_alive()
            assert admin.json("GET", "/api/v1/status")["running"]
    wait_until(lambda: admin.json("GET", "/api/v1/status")["liveClients"] == 0, "those who left still count as following")


# MARK: The whole


@contextlib.contextmanager
def simulated(binary, folder, protocol, *arguments):
    """A simulated feed, and what it says of itself for a configuration."""
    folder.mkdir()
    with Program(binary, ["simulate", "--protocol", protocol, "--port", "0", "--seed", "7", *arguments], folder) as simulator:
        wait_until(lambda: "allets" in simulator.output or "wallet is" in simulator.output, lambda: simulator.output + simulator.log)
        blocks = [one for one in simulator.output.split("\n\n") if one.startswith('"')]
        yield [json.loads("{" + one + "}") for one in blocks]


def api(binary, folder):
    with simulated(binary, folder / "free", "interface402", "--rate", "20") as [free], \
            simulated(binary, folder / "paid", "atomicstream", "--rate", "2", "--slice", "1h") as [paid, money]:
        feeds = {"payments": free["simulated"], "solana": paid["simulated"]}
        relay = Relay(binary, folder, feeds, money["payments"])
        with relay.running(relay.token) as admin:
            fill(admin)
            description = read_document(admin, binary)
            for check, arguments in (
                    (check_live_events, (description,)), (fuzz, (folder,)), (check_live_events, (description,)),
                    (check_token, (description,)), (check_origin, (description,)), (check_sizes, ()), (check_slow_clients, ())):
                begin = time.monotonic()
                check(admin, *arguments)
                assert admin.is_alive()
                print(f"   {check.__name__}: {time.monotonic() - begin:.1f} s", flush=True)
        with relay.running(None) as admin:
            check_host(admin, description)


def main():
    binary = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        api(binary, pathlib.Path(folder))


if __name__ == "__main__":
    main()
