"""Runs the example receivers of a page against genuine and forged webhooks.

    examples.py --python VENV/bin/python --node node [--go go] PAGE...

An example is a fenced block after a comment `<!-- example: NAME -->`; the ending of NAME says what runs it. The interpreter of
`--python` has the package `standardwebhooks`. An example whose program is not named is passed over and said so. Each receiver gets its
secret in WEBHOOK_SECRET and PORT=0, and prints the URL that it listens on.

Only the standard library is used. Exits with 1 when an answer is not the expected one.
"""

import argparse
import base64
import hashlib
import hmac
import http.client
import os
import pathlib
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time

EXAMPLE = re.compile(r"<!-- example: ([\w.-]+) -->\n```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# How long a receiver may take to start (Go compiles first) and to answer.
START_SECONDS = 120
ANSWER_SECONDS = 20
BODY = '{"id":"evt_1","type":"payment","amount":"0.10","data":{"type":"payment","memo":"é💸"}}'.encode()


class Shared:
    """A whsec_ secret: HMAC-SHA256."""

    version = "v1"

    def __init__(self):
        self.key = secrets.token_bytes(32)
        self.secret = "whsec_" + base64.b64encode(self.key).decode()

    def sign(self, content):
        return base64.b64encode(hmac.new(self.key, content, hashlib.sha256).digest()).decode()


class Pair:
    """A whpk_ key: Ed25519, which Python's standard library lacks, so node signs."""

    version = "v1a"
    program = """
        const crypto = require("node:crypto");
        const [seed, content] = process.argv.slice(1).map((text) => Buffer.from(text, "base64"));
        const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
        const key = crypto.createPrivateKey({ key: der, format: "der", type: "pkcs8" });
        const spki = crypto.createPublicKey(key).export({ format: "der", type: "spki" });
        console.log(spki.subarray(12).toString("base64"), crypto.sign(null, content, key).toString("base64"));
    """

    def __init__(self, node):
        self.node = node
        self.seed = secrets.token_bytes(32)
        self.secret = "whpk_" + self.run(b"")[0]

    def sign(self, content):
        return self.run(content)[1]

    def run(self, content):
        texts = [base64.b64encode(part).decode() for part in (self.seed, content)]
        answer = subprocess.run([self.node, "-e", self.program, *texts], check=True, capture_output=True, text=True)
        return answer.stdout.split()


def requests(key):
    """Pairs of what a request is and whether it is genuine, with its headers and body."""
    now = int(time.time())

    def headers(timestamp=now, body=BODY, identity="evt_1", by=key):
        token = by.sign(f"{identity}.{timestamp}.".encode() + body)
        return {
            "webhook-id": identity,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": f"{by.version},{token}",
        }

    genuine = headers()
    stranger = Shared()
    yield "a genuine webhook", True, genuine, BODY
    yield "its repeat", True, genuine, BODY
    yield "another body", False, genuine, BODY.replace(b"0.10", b"9.10")
    yield "a body with a line break added", False, genuine, BODY + b"\n"
    yield "another id", False, genuine | {"webhook-id": "evt_2"}, BODY
    yield "another time", False, genuine | {"webhook-timestamp": str(now - 1)}, BODY
    yield "another secret", False, headers(by=stranger), BODY
    yield "a time ten minutes ago", False, headers(timestamp=now - 600), BODY
    yield "a time ten minutes ahead", False, headers(timestamp=now + 600), BODY
    yield "a time that is none", False, genuine | {"webhook-timestamp": "soon"}, BODY
    yield "a token without a comma", False, genuine | {"webhook-signature": "nonsense"}, BODY
    yield "a token that is not base64", False, genuine | {"webhook-signature": f"{key.version},*"}, BODY
    yield "an empty token", False, genuine | {"webhook-signature": f"{key.version},"}, BODY
    yield "a version that is not known", False, genuine | {
        "webhook-signature": genuine["webhook-signature"].replace(key.version, "v0", 1)}, BODY
    for name in genuine:
        yield f"no {name}", False, {other: value for other, value in genuine.items() if other != name}, BODY
    both = headers(by=stranger)["webhook-signature"] + " " + genuine["webhook-signature"]
    yield "two tokens, as in a rotation", True, genuine | {"webhook-signature": both}, BODY
    yield "an empty body", False, genuine, b""


class Receiver:
    """A running example."""

    def __init__(self, command, secret):
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
            env=os.environ | {"WEBHOOK_SECRET": secret, "PORT": "0"})
        overdue = threading.Timer(START_SECONDS, self.kill)
        overdue.start()
        line = self.process.stdout.readline()
        overdue.cancel()
        found = re.search(r"http://127\.0\.0\.1:(\d+)", line)
        if not found:
            self.kill()
            raise RuntimeError(f"it does not listen: {line}{self.process.communicate()[1]}")
        self.port = int(found[1])

    def post(self, headers, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        try:
            connection.request("POST", "/webhooks", body, headers | {"content-type": "application/json"})
            return connection.getresponse().status
        finally:
            connection.close()

    def kill(self):
        # The whole group: `go run` is the parent of the receiver, which holds the same pipes.
        os.killpg(self.process.pid, signal.SIGKILL)

    def stop(self):
        self.kill()
        self.process.communicate()


def check(name, command, key):
    """The wrong answers of one example, as lines; the number of right ones."""
    receiver = Receiver(command, key.secret)
    wrong, right = [], 0
    try:
        for what, genuine, headers, body in requests(key):
            status = receiver.post(headers, body)
            if status // 100 == (2 if genuine else 4):
                right += 1
            else:
                wrong.append(f"{name} with {key.secret[:5]}: {what} got {status}")
    finally:
        receiver.stop()
    return wrong, right


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--python")
    parser.add_argument("--node")
    parser.add_argument("--go")
    parser.add_argument("pages", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    programs = {".py": [options.python], ".mjs": [options.node], ".go": [options.go, "run"]}

    wrong, right = [], 0
    with tempfile.TemporaryDirectory() as folder:
        for page in options.pages:
            examples = EXAMPLE.findall(page.read_text(encoding="utf-8"))
            if not examples:
                wrong.append(f"{page}: no example on the page")
            for name, code in examples:
                path = pathlib.Path(folder, name)
                path.write_text(code, encoding="utf-8")
                program = programs.get(path.suffix, [None])
                if not program[0]:
                    print(f"{name}: not run, its program is not named")
                    continue
                keys = [Shared()]
                # The Python package has no Ed25519.
                if path.suffix != ".py" and options.node:
                    keys.append(Pair(options.node))
                for key in keys:
                    try:
                        faults, count = check(name, [*program, str(path)], key)
                    except (OSError, RuntimeError, http.client.HTTPException) as error:
                        faults, count = [f"{name}: {error!r}"], 0
                    wrong += faults
                    right += count
    for line in wrong:
        print(line)
    print(f"{right} passed, {len(wrong)} failed")
    sys.exit(1 if wrong or not right else 0)


if __name__ == "__main__":
    main()
