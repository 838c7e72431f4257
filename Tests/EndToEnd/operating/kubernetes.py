#!/usr/bin/env python3
"""Holds deploy/kubernetes.yaml against the schemas of Kubernetes, and does with the built relay what it says.

    kubernetes.py BINARY

The manifest's own relay.json and secrets run here, with other folders and ports: the placeholders are refused, real ones pass, the
probes get from the relay what each of them is for, and a change arrives as the kubelet brings it. Exits with 1 at the first thing
that is not so.
"""

import http.client
import json
import pathlib
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time

import kubernetes_validate
import yaml
from standardwebhooks import Webhook

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import PATIENCE_SECONDS, Program, Receiver, wait_until

ROOT = pathlib.Path(__file__).resolve().parents[3]
# The oldest has what the manifest uses, the newest is what the package knows.
VERSIONS = ["1.27.0", kubernetes_validate.latest_version()]


class Manifest:
    def __init__(self):
        self.documents = list(yaml.safe_load_all((ROOT / "deploy/kubernetes.yaml").read_text()))
        self.secret = self.one("Secret")["stringData"]
        self.relay_json = self.one("ConfigMap")["data"]["relay.json"]
        self.pod = self.one("StatefulSet")["spec"]["template"]["spec"]
        [self.container] = self.pod["containers"]

    def one(self, kind):
        [document] = [document for document in self.documents if document["kind"] == kind]
        return document

    def mount(self, name):
        [mount] = [mount for mount in self.container["volumeMounts"] if mount["name"] == name]
        return mount["mountPath"]


def check_schemas(manifest):
    for version in VERSIONS:
        for document in manifest.documents:
            kubernetes_validate.validate(document, version, strict=True)
    try:
        wrong = json.loads(json.dumps(manifest.one("StatefulSet")))
        wrong["spec"]["template"]["spec"]["containers"][0]["readynessProbe"] = {}
        kubernetes_validate.validate(wrong, VERSIONS[0], strict=True)
    except kubernetes_validate.ValidationError:
        print(f"{len(manifest.documents)} objects fit the schemas of Kubernetes {' and '.join(VERSIONS)}")
        return
    raise AssertionError("the schemas take a key that does not exist")


def check_agreement(manifest):
    """What the schemas cannot see: that the parts name each other, the image and the configuration rightly."""
    labels = manifest.one("StatefulSet")["spec"]["template"]["metadata"]["labels"]
    assert manifest.one("StatefulSet")["spec"]["selector"]["matchLabels"] == labels
    assert manifest.one("Service")["spec"]["selector"] == labels
    assert manifest.one("NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == labels
    assert manifest.one("StatefulSet")["spec"]["serviceName"] == manifest.one("Service")["metadata"]["name"]
    assert manifest.one("StatefulSet")["spec"]["replicas"] == 1
    namespace = manifest.one("Namespace")["metadata"]["name"]
    for document in manifest.documents:
        assert document["kind"] == "Namespace" or document["metadata"]["namespace"] == namespace, document["kind"]

    image = (ROOT / "deploy/Dockerfile").read_text()
    user = re.search(r"^USER (\d+):(\d+)$", image, re.MULTILINE)
    security = manifest.pod["securityContext"]
    assert [security["runAsUser"], security["runAsGroup"]] == [int(user[1]), int(user[2])], security
    assert security["fsGroup"] == int(user[2]) and security["runAsNonRoot"]
    assert manifest.container["args"] == json.loads(re.search(r"^CMD (\[.*\])$", image, re.MULTILINE)[1])
    assert manifest.mount("outbox") == re.search(r"^WORKDIR (/var.*)$", image, re.MULTILINE)[1]
    # Feeds and attempts ten seconds, commands four, the outbox ten.
    assert manifest.pod["terminationGracePeriodSeconds"] > 24

    configuration = json.loads(manifest.relay_json)
    port = int(configuration["admin"]["listen"].split(":")[1])
    [named] = manifest.container["ports"]
    assert named["containerPort"] == port == manifest.one("Service")["spec"]["ports"][0]["port"]
    annotations = manifest.one("StatefulSet")["spec"]["template"]["metadata"]["annotations"]
    assert annotations["prometheus.io/port"] == str(port)
    assert manifest.container["args"][2].startswith(manifest.mount("configuration") + "/")
    assert configuration["outbox"]["path"].startswith(manifest.mount("outbox") + "/")
    assert configuration["log"]["format"] == "json"
    named = re.findall(rf'"file": "{manifest.mount("secrets")}/([^"]+)"', manifest.relay_json)
    assert sorted(named) == sorted(manifest.secret), (named, list(manifest.secret))
    assert '"env"' not in manifest.relay_json, "a variable does not change in a running pod"
    print("the objects agree with each other, with the image and with relay.json")


class Pod:
    """The manifest's files on this machine, mounted as the kubelet mounts them: a link to a folder that is replaced as a whole."""

    def __init__(self, binary, manifest, folder):
        self.binary, self.manifest, self.folder = binary, manifest, pathlib.Path(folder)
        with socket.socket() as free, socket.socket() as feed:
            free.bind(("0.0.0.0", 0))
            feed.bind(("127.0.0.1", 0))
            self.port, self.feed_port = free.getsockname()[1], feed.getsockname()[1]
        self.config = self.folder / "configuration/relay.json"
        self.receiver = Receiver(lambda path, event, before: 204)
        (self.folder / "outbox").mkdir()

    def mount(self, name, files):
        version = self.folder / f"..{name}-{secrets.token_hex(4)}"
        version.mkdir()
        for file, text in files.items():
            (version / file).write_text(text)
        link = self.folder / f"..{name}-new"
        link.symlink_to(version)
        link.rename(self.folder / name)

    def configure(self, change=None):
        text = self.manifest.relay_json
        for name in ["outbox", "configuration", "secrets"]:
            text = text.replace(self.manifest.mount(name) + "/", f"{self.folder / name}/")
        document = json.loads(text)
        # The vendor's and the user's ends of it; nothing else is changed.
        document["feeds"]["payments"]["url"] = f"ws://127.0.0.1:{self.feed_port}/api/data"
        document["destinations"]["billing"]["url"] = f"{self.receiver.url}/billing"
        document["admin"]["listen"] = document["admin"]["listen"].split(":")[0] + f":{self.port}"
        if change:
            change(document)
        self.mount("configuration", {"relay.json": json.dumps(document, indent=2)})

    def run(self, *words, status=0):
        result = subprocess.run(
            [self.binary, *words, "--config", self.config], capture_output=True, text=True, timeout=PATIENCE_SECONDS)
        assert result.returncode == status, f"{words}: exit {result.returncode}, not {status}: {result.stdout}{result.stderr}"
        return result.stdout + result.stderr

    def new_secret(self):
        return subprocess.run(
            [self.binary, "secret", "new"], capture_output=True, text=True, check=True).stdout.splitlines()[0]

    def ask(self, path, headers=None):
        """As the kubelet and Prometheus ask: by the pod's address, without a token."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", path, headers={"Host": f"10.244.1.7:{self.port}", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            return None, ""
        finally:
            connection.close()

    def probe(self, name):
        probe = self.manifest.container[name]["httpGet"]
        assert probe["port"] == self.manifest.container["ports"][0]["name"]
        return self.ask(probe["path"])[0]


def check_placeholders(pod, manifest):
    pod.mount("secrets", manifest.secret)
    pod.configure()
    said = pod.run("check", status=78)
    assert len(said.splitlines()) == len(manifest.secret), said
    for name in manifest.secret:
        assert f"secrets/{name}" in said, f"{name} is not refused: {said}"
    print(f"as it stands each of the {len(manifest.secret)} secrets is refused by its name")


def check_running(pod, manifest):
    billing = pod.new_secret()
    token = secrets.token_hex(32)
    own = {"interface402-api-key": "key_1", "billing-webhook-secret": billing, "admin-token": token}
    assert own.keys() == manifest.secret.keys()
    pod.mount("secrets", own)
    pod.run("check")

    simulated = ["simulate", "--protocol", "interface402", "--port", str(pod.feed_port), "--rate", "5"]
    with Program(pod.binary, ["run", "--config", str(pod.config)], pod.folder) as relay:
        wait_until(lambda: pod.probe("startupProbe") == 200, "the startup probe")
        # The feed is not there: the relay must not be restarted for it, and must not count as ready.
        assert pod.probe("livenessProbe") == 200 and pod.probe("readinessProbe") == 503
        with Program(pod.binary, simulated, pod.folder) as feed:
            wait_until(lambda: pod.probe("readinessProbe") == 200, "the readiness probe")
            scraped = manifest.one("StatefulSet")["spec"]["template"]["metadata"]["annotations"]["prometheus.io/path"]
            status, metrics = pod.ask(scraped)
            assert status == 200 and "x402_relay_ready 1" in metrics.splitlines(), (status, metrics[:500])
            assert pod.ask("/api/v1/status")[0] == 401
            assert pod.ask("/api/v1/status", {"Authorization": f"Bearer {token}"})[0] == 200
            print("the probes and Prometheus are answered without the token, the API only with it")
            check_changes(pod, own)
            feed.stop()
        wait_until(lambda: pod.probe("readinessProbe") == 503, "a readiness probe that sees the feed gone")
        assert pod.probe("livenessProbe") == 200 and pod.probe("startupProbe") == 200
        began = time.monotonic()
        assert relay.stop() == 0
        took = time.monotonic() - began
        assert took < manifest.pod["terminationGracePeriodSeconds"], f"it took {took} s to stop"
        print(f"without its feed it is alive and not ready; SIGTERM ended it in {took:.1f} s")


def check_changes(pod, own):
    """A changed ConfigMap and Secret, a faulty one, and what a reload says of each."""
    rotated = pod.new_secret()
    pod.mount("secrets", {**own, "billing-webhook-secret": rotated})
    said = pod.run("reload")
    assert "destinations.billing changed" in said, said
    pod.configure(lambda document: document["rules"].update(all={"match": {}, "deliverTo": ["billing"]}))
    said = pod.run("reload")
    assert "rules.all added" in said, said
    wait_until(lambda: pod.receiver.accepted("/billing"), "an event that the new rule takes")
    headers, body, _ = pod.receiver.accepted("/billing")[0]
    Webhook(rotated).verify(body, headers, json_parse=False)
    pod.configure(lambda document: document.update(rulez={}))
    assert "rulez" in pod.run("reload", status=78)
    pod.mount("configuration", {"relay.json": "{"})
    pod.run("reload", status=78)
    # `healthcheck` could not read it: this is why the probes do not use it.
    pod.run("healthcheck", status=78)
    assert pod.probe("livenessProbe") == 200 and pod.probe("readinessProbe") == 200
    pod.configure()
    assert "rules.all removed" in pod.run("reload")
    print("a new secret and a new rule are taken by a reload; a faulty ConfigMap changes nothing and fails no probe")


def main():
    manifest = Manifest()
    check_schemas(manifest)
    check_agreement(manifest)
    with tempfile.TemporaryDirectory(prefix="x402-relay-kubernetes-") as folder:
        pod = Pod(sys.argv[1], manifest, folder)
        check_placeholders(pod, manifest)
        check_running(pod, manifest)


if __name__ == "__main__":
    main()
