"""What the end-to-end check puts around the relay: a feed, a receiver, and the relay itself as a process."""

import asyncio
import contextlib
import http.server
import json
import os
import pathlib
import subprocess
import threading
import time

import websockets
from websockets.asyncio.server import serve

# Far beyond what any wait takes on a busy machine: reaching it is a failure.
PATIENCE_SECONDS = 90


def wait_until(fact, what):
    """Looks again and again until `fact()` is true; raises with `what` when patience ends."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not fact():
        if time.monotonic() > end:
            raise AssertionError(f"not within {PATIENCE_SECONDS} s: {what() if callable(what) else what}")
        time.sleep(0.02)


class Feed:
    """Speaks the vendor's side of interface402 and sends `frames` once, in order, to a client that has all of `keys`.

    A frame is (payload, is_event). Around a frame that is no event the feed makes sure, by a WebSocket ping, that what went before
    has been read, since such a frame may cost the connection; the next connection goes on with the next frame. One that `waits` sends
    nothing before `begin`.
    """

    def __init__(self, frames, api_key, keys, waits=False):
        self.frames, self.api_key, self.keys = frames, api_key, set(keys)
        self.position = 0
        self.methods = []
        self.close_codes = []
        self.finished = threading.Event()
        self._ready = threading.Event()
        self._begins = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        if not waits:
            self._begins.set()
        threading.Thread(target=self._run, daemon=True).start()
        self._ready.wait(PATIENCE_SECONDS)

    def begin(self):
        self._loop.call_soon_threadsafe(self._begins.set)

    def _run(self):
        self._loop.run_until_complete(self._serve())

    async def _serve(self):
        async with serve(self._client, "127.0.0.1", 0, max_size=None, compression=None) as server:
            self.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/api/data"
            self._ready.set()
            await asyncio.Future()

    async def _client(self, socket):
        is_authenticated, subscribed, sender = False, set(), None
        with contextlib.suppress(websockets.ConnectionClosed):
            async for text in socket:
                message = json.loads(text)
                self.methods.append(message["method"])
                now = int(time.time() * 1000)
                if message["method"] == "authenticate":
                    is_authenticated = message["apiKey"] == self.api_key
                    answer = {"type": "authenticated", "userId": "user_1", "plan": "standard"}
                elif message["method"] == "subscribe" and is_authenticated:
                    subscribed |= set(message["keys"])
                    answer = {"type": "subscribed", "keys": message["keys"], "timestamp": now}
                elif message["method"] == "ping":
                    answer = {"type": "pong"}
                else:
                    answer = {"type": "error", "code": "AUTHENTICATION_FAILED", "message": "No", "timestamp": now}
                await socket.send(json.dumps(answer))
                if subscribed >= self.keys and sender is None:
                    sender = asyncio.create_task(self._send(socket))
        self.close_codes.append(socket.close_code)

    async def _send(self, socket):
        await self._begins.wait()
        with contextlib.suppress(websockets.ConnectionClosed):
            while self.position < len(self.frames):
                payload, is_event = self.frames[self.position]
                if not is_event:
                    await (await socket.ping())
                self.position += 1
                # A list goes out in fragments.
                await socket.send(payload, text=True)
                if not is_event:
                    await (await socket.ping())
            await (await socket.ping())
            self.finished.set()


class Receiver:
    """Takes webhooks on 127.0.0.1 and keeps them by path: `requests[path]` holds (headers, body, status) in order.

    `answer(path, webhook id, number of its attempts before)` says the status.
    """

    def __init__(self, answer):
        self.requests, self._answer = {}, answer
        self._lock = threading.Lock()
        receiver = self

        class Endpoint(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                with receiver._lock:
                    earlier = receiver.requests.setdefault(self.path, [])
                    before = sum(1 for other, _, _ in earlier if other["webhook-id"] == headers["webhook-id"])
                    status = receiver.judge(self.path, headers, body, before)
                    earlier.append((headers, body, status))
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Endpoint)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def judge(self, path, headers, body, before):
        """The status for one request; for those who look into it before they answer."""
        return self._answer(path, headers["webhook-id"], before)

    def accepted(self, path):
        with self._lock:
            return [request for request in self.requests.get(path, []) if request[2] < 300]

    def all(self, path):
        with self._lock:
            return list(self.requests.get(path, []))


class Program:
    """The relay's binary, running one of its commands; its output goes to files in `folder`."""

    def __init__(self, binary, arguments, folder, environment=None):
        name = arguments[0]
        self.paths = [pathlib.Path(folder, f"{name}.{stream}") for stream in ("out", "err")]
        with open(self.paths[0], "wb") as out, open(self.paths[1], "wb") as err:
            self.process = subprocess.Popen(
                [binary, *arguments], stdout=out, stderr=err, env={**os.environ, **(environment or {})})

    @property
    def output(self):
        return self.paths[0].read_text(errors="replace")

    @property
    def log(self):
        return self.paths[1].read_text(errors="replace")

    def check_alive(self):
        status = self.process.poll()
        assert status is None, f"it ended by itself with {status}"

    def wait_for_socket(self, outbox):
        """Waits until the relay with this outbox listens on its control socket."""
        def listens():
            self.check_alive()
            return os.path.exists(f"{outbox}.sock")

        wait_until(listens, lambda: self.log)

    def stop(self):
        """Sends SIGTERM and returns the exit code."""
        self.process.terminate()
        return self.process.wait(PATIENCE_SECONDS)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if kind is not None:
            print(f"--- {self.process.args[1]}, standard error:\n{self.log[-6000:]}")
