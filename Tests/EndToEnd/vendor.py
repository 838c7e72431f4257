"""AtomicStream's side, with the chain it settles on: what it is paid with is judged by the official `x402` and `solders` packages."""

import asyncio
import base64
import json
import threading
import time
import uuid

import aiohttp
from aiohttp import web
from solders.keypair import Keypair
from solders.message import to_bytes_versioned
from solders.pubkey import Pubkey
from solders.transaction import VersionedTransaction
from x402.mechanisms.svm.exact.facilitator import ExactSvmScheme
from x402.mechanisms.svm.exact.v1.facilitator import ExactSvmSchemeV1
from x402.schemas.payments import PaymentPayload, PaymentRequirements
from x402.schemas.v1 import PaymentPayloadV1, PaymentRequirementsV1

from harness import PATIENCE_SECONDS

MAINNET = "solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp"
USDC = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v"
MEMO = Pubkey.from_string("MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr")


def encode(value):
    return base64.b64encode(json.dumps(value).encode()).decode()


class FeePayer:
    """Signs as the facilitator; stands in for the simulation by checking the client's signature."""

    def __init__(self, keypair):
        self.keypair = keypair

    def get_addresses(self):
        return [str(self.keypair.pubkey())]

    def sign_transaction(self, tx_base64, fee_payer, network):
        transaction = VersionedTransaction.from_bytes(base64.b64decode(tx_base64))
        message = to_bytes_versioned(transaction.message)
        signatures = [self.keypair.sign_message(message), *transaction.signatures[1:]]
        return base64.b64encode(bytes(VersionedTransaction.populate(transaction.message, signatures))).decode()

    def simulate_transaction(self, tx_base64, network):
        transaction = VersionedTransaction.from_bytes(base64.b64decode(tx_base64))
        message = to_bytes_versioned(transaction.message)
        signers = transaction.message.account_keys[: len(transaction.signatures)]
        if not all(s.verify(k, message) for s, k in zip(transaction.signatures, signers, strict=True)):
            raise RuntimeError("a signature does not verify")


class Vendor:
    """Serves streams of any id. A payment is settled once it verifies, whatever is answered then.

    `conduct(purpose, stream, number)` is asked after each paid request that verifies, the first time and again, and says what
    the answer is: "serve", "lose" (none), "hold" (none, and it waits for `release`), "duplicate".
    `offer(requirements, stream)` may change what a challenge asks for.
    """

    def __init__(self, slice_seconds=12, lead_seconds=4, price=30000, gives_blockhash=True, blockhash_seconds=90,
                 conduct=lambda purpose, stream, number: "serve", offer=lambda requirements, stream: requirements):
        self.slice_seconds, self.lead_seconds, self.price = slice_seconds, lead_seconds, price
        self.gives_blockhash, self.blockhash_seconds = gives_blockhash, blockhash_seconds
        self.conduct, self.offer = conduct, offer
        self.fee_payer = FeePayer(Keypair())
        self.recipient = str(Keypair().pubkey())
        # What was offered, by its memo; what was settled, in order, by the transaction's id; tokens and until when they last.
        self.offers, self.settled, self.tokens = {}, {}, {}
        self.blockhashes = {}
        self.faults, self.paid_requests, self.unpaid_requests, self.upgrades = [], [], [], []
        # stream -> [(when it was paid, until when it then lasted)]
        self.slices = {}
        self.sockets = {}
        self.released = asyncio.Event()
        self._ready = threading.Event()
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=lambda: self.loop.run_until_complete(self._serve()), daemon=True).start()
        assert self._ready.wait(PATIENCE_SECONDS)

    async def _serve(self):
        app = web.Application()
        app.router.add_get("/{version}/schema/stream/{stream}", self._schema)
        app.router.add_post("/{version}/renew/stream/{stream}", self._renew)
        app.router.add_get("/{version}/stream/{stream}", self._stream)
        app.router.add_post("/rpc", self._rpc)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._ready.set()
        await asyncio.Future()

    def do(self, work):
        """Runs a coroutine of this class on its loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(PATIENCE_SECONDS)

    # Payments

    def _challenge(self, request, purpose):
        version, stream = request.match_info["version"], request.match_info["stream"]
        memo = f"{purpose}-{uuid.uuid4().hex[:12]}"
        extra = {"feePayer": self.fee_payer.get_addresses()[0], "memo": memo}
        if self.gives_blockhash:
            extra["recentBlockhash"] = self._new_blockhash()
        common = {"scheme": "exact", "asset": USDC, "payTo": self.recipient, "maxTimeoutSeconds": 60, "extra": extra}
        url = f"{self.url}{request.path}"
        if version == "v1":
            entry = {**common, "network": "solana", "maxAmountRequired": str(self.price), "resource": url,
                     "description": "a slice", "mimeType": "application/json"}
        else:
            entry = {**common, "network": MAINNET, "amount": str(self.price)}
        challenge = {"x402Version": int(version[1]), "error": "payment required", "accepts": [entry]}
        if version == "v2":
            challenge["resource"] = {"url": url, "description": "a slice", "mimeType": "application/json"}
        challenge = self.offer(challenge, stream)
        for entry in challenge["accepts"]:
            self.offers[memo] = {"entry": json.loads(json.dumps(entry)), "stream": stream, "purpose": purpose}
        if version == "v1":
            return web.json_response(challenge, status=402)
        return web.json_response({}, status=402, headers={"PAYMENT-REQUIRED": encode(challenge)})

    def _new_blockhash(self):
        blockhash = str(Keypair().pubkey())
        self.blockhashes[blockhash] = time.monotonic() + self.blockhash_seconds
        return blockhash

    def _judge(self, version, payload):
        """The transaction of a payment that verifies, as (its bytes, the memo); raises with what is wrong."""
        transaction = VersionedTransaction.from_bytes(base64.b64decode(payload["payload"]["transaction"]))
        keys = transaction.message.account_keys
        memos = [bytes(i.data).decode() for i in transaction.message.instructions if keys[i.program_id_index] == MEMO]
        assert len(memos) == 1, f"{len(memos)} memos"
        offered = self.offers[memos[0]]["entry"]
        if version == "v2":
            assert payload["accepted"] == offered, f"accepted {payload['accepted']} is not what was offered: {offered}"
            verdict = ExactSvmScheme(self.fee_payer).verify(
                PaymentPayload.model_validate(payload), PaymentRequirements.model_validate(offered))
        else:
            verdict = ExactSvmSchemeV1(self.fee_payer).verify(
                PaymentPayloadV1.model_validate(payload), PaymentRequirementsV1.model_validate(offered))
        assert verdict.is_valid, f"{verdict.invalid_reason}: {verdict.invalid_message}"
        amount = int.from_bytes(bytes(transaction.message.instructions[2].data)[1:9], "little")
        assert amount == int(offered.get("amount") or offered["maxAmountRequired"]), f"amount {amount}"
        return transaction, memos[0], verdict.payer

    def _settle(self, version, payload, stream, purpose, inband=False):
        """Returns (the transaction's id, whether it had been settled before)."""
        transaction, memo, payer = self._judge(version, payload)
        offered = self.offers[memo]
        assert (offered["stream"], offered["purpose"]) == (stream, purpose), "a payment for something else"
        signed = self.fee_payer.sign_transaction(payload["payload"]["transaction"], None, None)
        identity = str(VersionedTransaction.from_bytes(base64.b64decode(signed)).signatures[0])
        if identity in self.settled:
            return identity, True
        blockhash = str(transaction.message.recent_blockhash)
        assert self.blockhashes.get(blockhash, 0) > time.monotonic(), "an unknown or expired blockhash"
        self.settled[identity] = {
            "stream": stream, "purpose": purpose, "memo": memo, "payer": payer, "wire": signed, "served": False,
            "keys": [str(k) for k in transaction.message.account_keys], "at": time.time(), "inband": inband}
        return identity, False

    async def _paid(self, request, purpose, body, old_token=None):
        """The answer to a request that carries a payment; None where it carries none."""
        version, stream = request.match_info["version"], request.match_info["stream"]
        header = request.headers.get("X-PAYMENT" if version == "v1" else "PAYMENT-SIGNATURE")
        if header is None:
            self.unpaid_requests.append((purpose, stream))
            return None
        payload = json.loads(base64.b64decode(header, validate=True))
        self.paid_requests.append((purpose, stream, header))
        try:
            identity, is_repeated = self._settle(version, payload, stream, purpose)
        except Exception as error:
            self.faults.append(f"{purpose} of {stream}: {error!r}")
            return web.json_response({"error": str(error)}, status=402)
        number = sum(1 for _, s, _ in self.paid_requests if s == stream)
        conduct = self.conduct(purpose, stream, number)
        response = "X-PAYMENT-RESPONSE" if version == "v1" else "PAYMENT-RESPONSE"
        if conduct == "hold":
            await self.released.wait()
        if conduct in ("lose", "hold"):
            # Whoever was killed meanwhile has no connection any more.
            if request.transport:
                request.transport.abort()
            return web.Response()
        if conduct == "duplicate":
            receipt = {"success": False, "errorReason": "duplicate_settlement", "transaction": identity, "network": MAINNET}
            return web.json_response({}, status=402, headers={response: encode(receipt)})
        settled = self.settled[identity]
        if not settled["served"]:
            settled["served"] = True
            settled["answer"] = body(self._extend(stream, old_token))
        receipt = {"success": True, "transaction": identity, "network": MAINNET, "payer": settled["payer"]}
        return web.json_response(settled["answer"], headers={response: encode(receipt)})

    def _extend(self, stream, old_token=None):
        """A token for a further slice; notes what time of the slices before was left."""
        now = time.monotonic()
        end = max(self.tokens.get(old_token, now), now) + self.slice_seconds
        token = f"tok_{uuid.uuid4().hex}"
        self.tokens[token] = end
        self.slices.setdefault(stream, []).append((now, end))
        return token

    def overlaps(self, stream):
        """How much of a slice was left when the next was paid, in seconds, for each renewal."""
        slices = self.slices.get(stream, [])
        return [before[1] - after[0] for before, after in zip(slices, slices[1:])]

    # Endpoints

    async def _schema(self, request):
        version, stream = request.match_info["version"], request.match_info["stream"]

        def body(token):
            return {
                "protocol": "ws402", "version": "1",
                "websocketEndpoint": f"{self.url.replace('http', 'ws')}/{version}/stream/{stream}?t={token}",
                "pricing": {"pricePerSecond": 0.0001, "currency": "USDC", "estimatedDuration": self.slice_seconds},
                "stream": {"id": stream, "title": stream, "description": ""}}

        return await self._paid(request, "schema", body) or self._challenge(request, "schema")

    async def _renew(self, request):
        old = (await request.json())["token"]
        if old not in self.tokens:
            return web.json_response({"error": "unknown token"}, status=404)

        def body(token):
            return {"token": token, "expiresAt": "2030-01-01T00:00:00Z", "sliceSeconds": self.slice_seconds}

        return await self._paid(request, "renew", body, old) or self._challenge(request, "renew")

    async def _stream(self, request):
        token, stream = request.query.get("t"), request.match_info["stream"]
        self.upgrades.append((stream, token, request.path_qs))
        if self.tokens.get(token, 0) <= time.monotonic():
            return web.Response(status=401)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        state = {"socket": socket, "token": token, "stream": stream, "accounts": [], "mints": [], "slot": 0, "said": []}
        self.sockets[id(socket)] = state
        await socket.send_json({
            "op": "hello", "clientId": "c", "expiresAt": self._expiry(token), "sliceSeconds": self.slice_seconds})
        clock = asyncio.create_task(self._watch(state))
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    await self._hear(state, json.loads(message.data))
        finally:
            clock.cancel()
            self.sockets.pop(id(socket), None)
        return socket

    def _expiry(self, token):
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + self.tokens[token] - time.monotonic()))

    async def _watch(self, state):
        """Reminds twice, says that it is over, and ends the connection a little later."""
        socket = state["socket"]
        while True:
            end = self.tokens[state["token"]]
            left = end - time.monotonic()
            await asyncio.sleep(max(left - self.lead_seconds, 0))
            renew = {"http": {"endpoint": "http://203.0.113.1/", "method": "POST", "priceHint": "amount=1"}}
            for _ in range(2):
                await socket.send_json({
                    "op": "renewal_reminder", "expiresAt": self._expiry(state["token"]),
                    "msUntilExpiry": int((end - time.monotonic()) * 1000), "renew": renew})
            while self.tokens[state["token"]] == end and time.monotonic() < end:
                await asyncio.sleep(0.05)
            if self.tokens[state["token"]] > end:
                continue
            for _ in range(2):
                await socket.send_json({"op": "payment_required", "reason": "expired", "renew": renew})
            await asyncio.sleep(2)
            if self.tokens[state["token"]] <= time.monotonic():
                await socket.close(code=4402, message=b"payment required")
                return

    async def _hear(self, state, message):
        socket, operation = state["socket"], message["op"]
        state["said"].append(operation)
        if operation == "setAccounts":
            state["accounts"] = message["accounts"]
        elif operation == "setMints":
            state["mints"] = message["mints"]
        elif operation == "getState":
            state["slot"] += 25
            await socket.send_json({
                "type": "status", "clientId": "c", "now": "2026-01-01T00:00:00Z", "grpcConnected": True, "nodeHealthy": True,
                "processedHeadSlot": state["slot"], "confirmedHeadSlot": state["slot"],
                "watchedAccounts": len(state["accounts"]), "watchedMints": len(state["mints"])})
        elif operation == "renew_token":
            assert self.tokens.get(message["token"], 0) > time.monotonic(), "a token that does not work"
            state["token"] = message["token"]
            await socket.send_json({"op": "renewed", "expiresAt": self._expiry(message["token"]), "method": "http"})
        elif operation == "renew_inband":
            await self._renew_inband(state, message)

    async def _renew_inband(self, state, message):
        payload, stream = message["paymentPayload"], state["stream"]
        self.paid_requests.append(("inband", stream, json.dumps(payload)))
        try:
            assert message["paymentRequirements"] == payload["accepted"], "the requirements are not what is paid"
            identity, is_repeated = self._settle("v2", payload, stream, "renew", inband=True)
        except Exception as error:
            self.faults.append(f"inband of {stream}: {error!r}")
            return await state["socket"].send_json({"op": "error", "message": "payment refused"})
        settled = self.settled[identity]
        if not settled["served"]:
            settled["served"] = True
            now = time.monotonic()
            self.tokens[state["token"]] = max(self.tokens[state["token"]], now) + self.slice_seconds
            self.slices.setdefault(stream, []).append((now, self.tokens[state["token"]]))
        await state["socket"].send_json({"op": "renewed", "expiresAt": self._expiry(state["token"]), "method": "inband"})

    # Events

    def greeted(self, stream):
        """Connections of the stream that asked for the state."""
        return [s for s in list(self.sockets.values()) if s["stream"] == stream and "getState" in s["said"]]

    async def emit(self, stream, *events):
        """To all connections of the stream that are paid for; how many there are."""
        count = 0
        for state in self.greeted(stream):
            if self.tokens[state["token"]] > time.monotonic():
                count += 1
                for event in events:
                    await state["socket"].send_str(event)
        return count

    async def drop(self, stream):
        for state in self.greeted(stream):
            state["socket"]._req.transport.abort()

    # The chain

    async def _rpc(self, request):
        asked = await request.json()
        method, parameters = asked["method"], asked.get("params", [])
        slot = int(time.monotonic() * 2.5)
        if method == "getLatestBlockhash":
            last = slot + int(self.blockhash_seconds * 2.5)
            value = {"blockhash": self._new_blockhash(), "lastValidBlockHeight": last}
        elif method == "isBlockhashValid":
            value = self.blockhashes.get(parameters[0], 0) > time.monotonic()
        elif method == "getSignaturesForAddress":
            entries = [
                {"signature": i, "slot": slot - int((time.time() - s["at"]) * 2.5), "err": None,
                 "memo": f"[{len(s['memo'])}] {s['memo']}", "blockTime": int(s["at"]),
                 "confirmationStatus": "finalized"}
                for i, s in reversed(self.settled.items()) if parameters[0] in s["keys"]]
            known = [entry["signature"] for entry in entries]
            if parameters[1].get("before") in known:
                entries = entries[known.index(parameters[1]["before"]) + 1:]
            return web.json_response({"jsonrpc": "2.0", "id": asked["id"], "result": entries})
        elif method == "getEpochInfo":
            return web.json_response({
                "jsonrpc": "2.0", "id": asked["id"], "result": {"absoluteSlot": slot, "blockHeight": slot}})
        elif method == "getBlockTime":
            return web.json_response({"jsonrpc": "2.0", "id": asked["id"], "result": int(time.time()) - 5})
        elif method == "getTransaction":
            found = self.settled.get(parameters[0])
            result = found and {"slot": slot - 10, "transaction": [found["wire"], "base64"], "meta": {"err": None}}
            return web.json_response({"jsonrpc": "2.0", "id": asked["id"], "result": result})
        else:
            return web.json_response({"jsonrpc": "2.0", "id": asked["id"], "error": {"code": -32601, "message": method}})
        return web.json_response({
            "jsonrpc": "2.0", "id": asked["id"], "result": {"context": {"slot": slot}, "value": value}})
