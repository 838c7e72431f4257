"""What the dashboard is looked at against: a relay with a token, a steered feed, a paid one, and receivers that refuse."""

import asyncio
import contextlib
import http.server
import json
import pathlib
import socket
import threading
import urllib.error
import urllib.request

import websockets
from solders.keypair import Keypair

from harness import Feed, Program
from vendor import Vendor

TOKEN = "dashboard-" + "t" * 24
SECRET = "whsec_" + "c2VjcmV0LW9mLXRoZS1lbmQtdG8tZW5kLWNoZWNr"
HIDDEN = "a-header-that-nobody-sees"
WALLET = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
# Each would set `__ran` if anything on the page took it for more than a text.
HOSTILE = {
    "image": '<img src=x onerror="window.__ran=1">', "script": "</script><script>window.__ran=1</script>",
    "url": "javascript:window.__ran=1", "quotes": "'\"><svg onload='window.__ran=1'>${window.__ran=1}",
    "turned": "abc\u202egnp.exe\u2066", "long": "L" * 10_240,
}


class SteeredFeed(Feed):
    """Sends what it is told to, when it is told to."""

    def __init__(self):
        self.waiting = asyncio.Queue()
        super().__init__([], "key", ["payments", "settlements", "verifications"])

    async def _send(self, socket):
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await socket.send(await self.waiting.get(), text=True)

    def say(self, text):
        self._loop.call_soon_threadsafe(self.waiting.put_nowait, text)


class Receiver:
    """Answers by path with a status and a body that can be changed; takes everything else."""

    def __init__(self):
        self.answers = {"/refusing": (500, HOSTILE["script"] + HOSTILE["turned"]), "/later": (503, HOSTILE["image"]), "/gone": (410, "")}
        self.taken = []
        receiver = self

        class Endpoint(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                self.rfile.read(int(self.headers["content-length"]))
                status, body = receiver.answers.get(self.path, (204, ""))
                receiver.taken.append((self.path, self.headers["webhook-id"], status))
                self.send_response(status)
                self.send_header("content-length", str(len(body.encode())))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        server.daemon_threads = True
        self.url = f"http://127.0.0.1:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class World:
    """The relay, and everything around it."""

    def __init__(self, binary, folder):
        self.binary, self.folder = binary, pathlib.Path(folder)
        self.feed, self.receiver, self.vendor = SteeredFeed(), Receiver(), Vendor(slice_seconds=900)
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        (self.folder / "wallet.json").write_text(json.dumps(list(bytes(Keypair()))))

        def destination(path, **others):
            return {"url": f"{self.receiver.url}/{path}", "secrets": [SECRET], "order": "none", **others}

        twice = {"retry": {"schedule": ["50ms"], "jitter": 0}}
        self.document = {
            "feeds": {
                "steered": {
                    "protocol": "interface402", "url": self.feed.url, "apiKey": "key", "keys": sorted(self.feed.keys),
                    "reconnect": {"initial": "100ms", "max": "200ms"}},
                "paid": {
                    "protocol": "atomicstream", "url": self.vendor.url, "stream": "plain", "accounts": [WALLET],
                    "reconnect": {"initial": "100ms", "max": "200ms"}}},
            "destinations": {
                "billing": destination("billing", headers={"x-note": HOSTILE["quotes"], "x-key": {"file": "hidden.txt"}}),
                "refusing": destination("refusing", **twice),
                "later": destination("later", retry={"schedule": ["2h"]}),
                "gone": destination("gone"),
                "nowhere": destination("nowhere", retry={"schedule": ["1h"]}) | {"url": f"http://127.0.0.1:{free_port()}/"}},
            "rules": {
                # Not of the paid feed, which says something every few seconds: the figures are compared at rest.
                "everything": {"match": {}, "feeds": ["steered"], "deliverTo": ["billing"]},
                "refunds": {"match": {"type": ["refund"]}, "deliverTo": ["refusing", "later"]},
                "farewells": {"match": {"type": ["farewell"]}, "deliverTo": ["gone", "nowhere"]}},
            "outbox": {"path": "outbox.sqlite"},
            "admin": {"listen": f"127.0.0.1:{port}", "token": TOKEN},
            "payments": {
                "wallet": {"file": "wallet.json"}, "rpcUrls": [f"{self.vendor.url}/rpc"],
                "limits": {"perPayment": "0.05", "perHour": "0.10", "perDay": "50"}}}
        (self.folder / "hidden.txt").write_text(HIDDEN)
        (self.folder / "relay.json").write_text(json.dumps(self.document))

    def start(self):
        return Program(self.binary, ["run", "--config", str(self.folder / "relay.json")], self.folder)

    def ask(self, path, body=None):
        """The API's own answer, beside the page."""
        request = urllib.request.Request(
            self.url + path, data=body, headers={"authorization": f"Bearer {TOKEN}"}, method="GET" if body is None else "POST")
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    def status(self):
        try:
            return self.ask("/api/v1/status")
        except (urllib.error.URLError, ConnectionError):
            return None

    def destination(self, name):
        return next(one for one in self.ask("/api/v1/status")["destinations"] if one["name"] == name)

    def every_delivery(self, query=""):
        """All of a listing, page by page."""
        found, cursor = [], ""
        while cursor is not None:
            page = self.ask(f"/api/v1/deliveries?limit=1000{query}{cursor and f'&cursor={cursor}'}")
            found += page["deliveries"]
            cursor = page["cursor"]
        return found


def event(number, kind="payment", **further):
    """An event with digits that are easily lost, and with everything hostile in its fields."""
    fields = json.dumps({"resource": HOSTILE["image"], "memo": HOSTILE["turned"], "note": HOSTILE["quotes"], **further}, ensure_ascii=False)
    return (f'{{"type":{json.dumps(kind)},"paymentId":"pay_{number}","signature":"s{number}","sender":"{WALLET}",'
            f'"recipient":"7BgBvyjrZX8YTqjkKrfbSx9X8QP4NDaP1hj4VKMjqA5s","amount":0.1000000000000000000{number},'
            f'"big":9007199254740993,"fee":1.50,"timestamp":{1697234567890 + number},{fields[1:]}')
