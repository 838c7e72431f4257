"""Clients of the live events, some of which never read."""

import contextlib
import json
import socket
import threading

from harness import PATIENCE_SECONDS, wait_until


class Follower:
    """A client of the live events; one that `reads` counts them, the other leaves all that comes in the socket."""

    def __init__(self, port, token, reads):
        self.events, self.skipped, self.ids = 0, 0, []
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.settimeout(PATIENCE_SECONDS)
        self.socket.sendall(
            f"GET /api/v1/events HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Bearer {token}\r\n\r\n".encode())
        self.answered = threading.Event()
        if reads:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        name = None
        with contextlib.suppress(OSError), self.socket.makefile("rb") as stream:
            assert b" 200 " in stream.readline()
            self.answered.set()
            for line in stream:
                line = line.rstrip(b"\r\n")
                if line.startswith(b"event:"):
                    name = line[6:].strip()
                elif line.startswith(b"id:"):
                    self.ids.append(line[3:].strip())
                elif line.startswith(b"data:") and name == b"skipped":
                    self.skipped += json.loads(line[5:])["count"]
                elif line.startswith(b"data:") and name == b"event":
                    self.events += 1
                elif not line:
                    name = None


def check_followers(followers, accepted):
    """Each reading follower was told of every event, or of how many it was not; those who never read cost nobody anything."""
    for follower in followers:
        wait_until(lambda: follower.events + follower.skipped >= accepted,
                   lambda: f"{follower.events} events and {follower.skipped} skipped of {accepted}")
        assert follower.events + follower.skipped == accepted, "told of more events than there were"
        assert len(follower.ids) == len(set(follower.ids)), "an event was told twice"
    told = sum(follower.events for follower in followers) // len(followers)
    return f"{told} of {accepted} events told to each of {len(followers)} who read"
