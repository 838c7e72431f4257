"""What the page makes of answers that no relay gives at will: its sentence, holes in a plot, a thousand attempts, a silent stream."""

import contextlib
import copy
import datetime
import json
import re

from playwright.sync_api import expect

from harness import wait_until
from pages.board import grouped


@contextlib.contextmanager
def answered(board, pattern, answer):
    """What fits `pattern` is answered with `answer()`, and asked for at once."""
    page, asked = board.page, []

    def fulfil(route):
        asked.append(route.request.url)
        route.fulfill(body=json.dumps(answer(route.request.url)), content_type="application/json")
    page.route(pattern, fulfil)
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    yield asked
    page.unroute(pattern, fulfil)


def calm(board):
    """A status in which nothing needs anybody."""
    status = board.world.status()
    feed = next(one for one in status["feeds"] if one["name"] == "steered")
    to = next(one for one in status["destinations"] if one["name"] == "billing")
    feed.update(
        state="connected", reading=True, reason=None, connections=2, configuredConnections=2, refusedKeys=[], slice=None,
        lastMinute={"received": 5, "matched": 5})
    to.update(state="active", reason=None, pending=0, oldestPending=None, dead=0, inFlight=0, lastMinute={"delivered": 5, "failed": 0})
    status["outbox"].update(trouble=None, pressed=False, maxSize=1000, size=990, keptSize=10)
    status["payments"]["unresolved"] = 0
    return status | {"running": True, "ready": True, "reasons": [], "destinations": [to],
                     "feeds": [feed, {**feed, "name": "second", "lastMinute": {"received": 0, "matched": 0}}]}


def heard(board, condition, what):
    """Routes are told of requests only while something is asked of the page."""
    wait_until(lambda: board.page.evaluate("true") and condition(), what)


def before(status, seconds):
    """The moment so many seconds before the status; after it where they are negative."""
    now = datetime.datetime.fromisoformat(status["now"]) - datetime.timedelta(seconds=seconds)
    return now.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def cases(status):
    """`(what changes, the sentence's kind, the sentence, the points)`."""
    feed, to, outbox = {}, {}, {}
    quiet = {"lastMinute": {"received": 0, "matched": 0}}
    two_days, moments = {"oldestPending": before(status, 172_800)}, {"oldestPending": before(status, 10)}
    none = {"lastMinute": {"delivered": 0, "failed": 0}}
    unresolved = {"state": "unresolved", "reason": "who knows", "since": before(status, 60), "sliceSeconds": 900, "price": "0.01"}
    flow, arrive = "Events flow", "Events flow, but not all of them arrive"
    look = "Events flow; something wants a look"
    nothing = "No event in the last minute; something wants a look"
    held = {"state": "paused", "since": before(status, 172_800), "pending": 12_000, **none}
    return {
        "calm": (feed, to, outbox, "ok", flow, []),
        "quiet": (quiet, none, outbox, "ok", "All is well, and quiet: no event in the last minute", []),
        "paused a moment ago": (feed, {**held, **moments}, outbox, "warn", look, ["billing is paused"]),
        "paused, quiet": (quiet, {**held, "pending": 0}, outbox, "warn", nothing, ["billing is paused"]),
        "paused for two days": (quiet, {**held, **two_days}, outbox, "warn", "Not all events arrive", ["billing is paused"]),
        "waiting for less than the CLI minds": (feed, {"pending": 7, "oldestPending": before(status, 299)}, outbox, "ok", flow, []),
        "behind": (feed, {"pending": 7, "oldestPending": before(status, 301)}, outbox, "warn", arrive, ["billing is behind"]),
        "some attempts failing": (
            feed, {"lastMinute": {"delivered": 5, "failed": 1}}, outbox, "warn", "Events flow, but some attempts fail",
            ["Attempts at billing fail"]),
        "all attempts failing": (
            feed, {"pending": 9, **moments, "lastMinute": {"delivered": 0, "failed": 9}}, outbox, "bad", arrive, ["billing takes nothing"]),
        "most attempts still on their way": (
            quiet, {"pending": 9, **moments, "inFlight": 9, "lastMinute": {"delivered": 0, "failed": 1}}, outbox, "warn",
            "Some attempts fail", ["Attempts at billing fail"]),
        "feed down": ({"state": "down", "reading": False}, to, outbox, "bad", "1 of 2 feeds is read", ["Feed steered is down"]),
        "not read": (
            {"reading": False, **quiet}, to, outbox, "warn", "1 of 2 feeds is read; no event in the last minute",
            ["Feed steered is not read"]),
        "disabled, nothing waits": (feed, {"state": "disabled", **none}, outbox, "bad", "Events flow; something needs you", ["billing is disabled"]),
        "disabled": (feed, {"state": "disabled", "pending": 3, **moments, **none}, outbox, "bad", arrive, ["billing is disabled"]),
        "outbox pressed": (feed, to, {"pressed": True, "keptSize": 1000}, "bad", "The outbox is full, and the feeds are not read", ["The feeds are not read"]),
        "outbox nearly full": (feed, to, {"keptSize": 800}, "warn", look, ["What must be kept fills 80 % of the outbox"]),
        "payment unresolved": ({"slice": {**unresolved, "paidUntil": before(status, -600)}}, to, outbox, "ok", flow, []),
        "payment unresolved for too long": (
            {"slice": {**unresolved, "paidUntil": before(status, 1)}}, to, outbox, "bad", "Events flow; something needs you",
            ["Feed steered is not paid: unresolved"]),
        "removed": (feed, {"state": "removed", "url": None, **none}, outbox, "ok", flow, []),
        "removed, something waits": (
            feed, {"state": "removed", "url": None, "pending": 2, **moments, **none}, outbox, "warn", arrive, ["billing is no longer configured"]),
        "dead": (feed, {"dead": 2}, outbox, "warn", look, ["2 dead deliveries for billing"]),
    }


def verdicts(board):
    """The sentence is never calmer than the worst point, and never against the figures."""
    page, base = board.page, calm(board)
    board.to("#/")
    status = copy.deepcopy(base)
    with answered(board, "**/api/v1/status", lambda _: status):
        for name, (feed, to, outbox, kind, sentence, found) in cases(base).items():
            status = copy.deepcopy(base)
            status["feeds"][0].update(feed)
            status["destinations"][0].update(to)
            status["outbox"].update(outbox)
            page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

            def shown():
                return [page.locator(".verdict").get_attribute("class"), page.locator("h1").first.inner_text(),
                        page.locator(".point b").all_inner_texts()]
            wait_until(lambda: shown() == [f"verdict {kind}", sentence, found], lambda: f"{name}: {shown()}, not {[kind, sentence, found]}")
            wait = grouped(status["destinations"][0]["pending"])
            expect(page.locator("#figure-waiting")).to_have_text(wait)
            expect(page.locator("#outbox-bar .gauge")).to_have_class(
                "gauge bad" if name == "outbox pressed" else "gauge warn" if name == "outbox nearly full" else "gauge")
        board.see("#outbox", "990 B of 1000 B in use, 10 B must be kept")


def holes(board):
    """What the outbox did not tell is a hole, and what waits is the relay's own sum of all destinations."""
    page = board.page
    history = board.world.ask("/api/v1/history")
    length = 6
    for key in ("received", "matched", "delivered", "failed"):
        history[key] = [1] * length
    history["latency"] = {"p50": ["0.010"] * length, "p95": ["0.020"] * length}
    history["backlog"] = {"billing": [1, 2, None, None, 5, 6], "later": [1, 1, None, None, 1, 1]}
    history["waiting"] = [4, 5, None, None, 8, 9]
    plot = page.locator(".plot").last
    with answered(board, "**/api/v1/history", lambda _: history):
        expect(plot.locator(".note")).to_have_text("9 wait now; at most 9 did.")
        expect(plot.locator(".legend")).to_contain_text("Others")
        # The time before the start is one, each step that is not known another.
        expect(plot.locator("rect.missing")).to_have_count(3)
        assert plot.locator("path.curve").first.get_attribute("d").count("M") == 2
        history["waiting"][-1] = history["backlog"]["billing"][-1] = history["backlog"]["later"][-1] = None
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        expect(plot.locator(".note")).to_have_text("How many wait now is not known: the outbox could not be read; at most 8 did.")
        page.get_by_text("The same as a table").click()
        expect(page.locator("#hour table tbody tr").first.locator("td").last).to_have_text("–")
        page.get_by_text("The same as a table").click()


def attempts(board):
    """The newest attempts are shown, the rest on demand; what did not change stays, and a hidden tab goes on when it is seen again."""
    page, world = board.page, board.world
    one = world.every_delivery("&destination=later&state=pending")[0]["id"]
    shown = world.ask(f"/api/v1/deliveries/{one}")
    shown["history"] = [{**shown["history"][0], "number": number} for number in range(201, 1201)]
    shown["recorded"] = shown["attempts"] = 1200
    status = world.status()
    panel = page.locator("dialog.panel")
    with answered(board, "**/api/v1/status", lambda _: status), answered(board, f"**/api/v1/deliveries/{one}", lambda _: shown) as asked:
        board.to(f"#/deliveries/{one}")
        expect(panel.locator(".attempts > li")).to_have_count(50)
        board.see("dialog.panel", "200 earlier ones are not shown")
        board.see("dialog.panel .list", "Next attempt")
        board.see("dialog.panel .attempts > li:last-child", "Attempt 1,200")
        panel.get_by_role("button", name="Show 950 earlier ones").click()
        expect(panel.locator(".attempts > li")).to_have_count(1000)
        panel.get_by_role("button", name="Show the newest 50 only").click()
        for part in (".attempts > li:last-child", "pre.json", "pre.body"):
            panel.locator(part).evaluate("part => { part.isSame = true }")
        next(to for to in status["destinations"] if to["name"] == "later")["state"] = "paused"
        shown["history"].append({**shown["history"][0], "number": 1201})
        shown["recorded"] += 1
        board.see("dialog.panel .list", "later is paused")
        assert "Next attempt" not in panel.inner_text()
        board.see("dialog.panel .attempts > li:last-child", "Attempt 1,201")
        for part in (".attempts > li:nth-last-child(2)", "pre.json", "pre.body"):
            assert panel.locator(part).evaluate("part => part.isSame"), f"{part} was made anew"
        page.evaluate("Object.defineProperty(document, 'hidden', { value: true, configurable: true })")
        page.evaluate("true")
        asked.clear()
        page.wait_for_timeout(6_000)
        assert not asked, f"a hidden tab asked {asked}"
        page.evaluate("delete document.hidden")
        heard(board, lambda: asked, lambda: f"after being hidden it asked {asked}")
        page.keyboard.press("Escape")
        expect(page.locator("dialog")).to_have_count(0)


def paging(board):
    """An older page is of the listing that is shown, whatever stands in the boxes by then."""
    page = board.page
    board.to("#/payments")
    answer = board.world.ask("/api/v1/payments") | {"cursor": "7"}
    with answered(board, "**/api/v1/payments?*", lambda _: answer) as asked:
        page.locator("#payments-look").click()
        expect(page.locator("#payments-older")).to_be_visible()
        page.fill("#payments-feed", "typed")
        asked.clear()
        page.locator("#payments-older").click()
        heard(board, lambda: asked, "the older ones are asked for")
        assert "cursor=7" in asked[0] and "typed" not in asked[0], asked
        page.locator("#payments-look").click()
        heard(board, lambda: "feed=typed" in asked[-1], lambda: asked)
    page.fill("#payments-feed", "")
    board.to("#/")


def silent(board):
    """A stream that fell silent is given back to the browser, and reconnecting leaves nothing behind."""
    page = board.page
    told = page.evaluate("""async () => {
        const { frames } = await import("/page/live.js");
        let isCancelled = false;
        const stream = new ReadableStream({ cancel() { isCancelled = true; } });
        try {
            for await (const frame of frames(new Response(stream), 50)) return `a frame: ${frame}`;
        } catch (error) {
            await new Promise((resolve) => setTimeout(resolve));
            return [error.message, isCancelled];
        }
    }""")
    assert told == ["the relay fell silent", True], told
    page.evaluate("""() => {
        window.listening = 0;
        const { addEventListener: add, removeEventListener: remove } = EventTarget.prototype;
        AbortSignal.prototype.addEventListener = function (...all) { window.listening += 1; return add.apply(this, all); };
        AbortSignal.prototype.removeEventListener = function (...all) { window.listening -= 1; return remove.apply(this, all); };
    }""")
    refused = re.compile(r"/api/v1/events$")
    asked = []
    page.route(refused, lambda route: (asked.append(route.request.url), route.fulfill(status=503, body="{}")))
    with board.watch.expecting("503"):
        board.to("#/live")
        heard(board, lambda: len(asked) >= 3, "it reconnects")
        expect(page.locator("#live-state")).to_contain_text("again in 5 s")
        assert page.evaluate("window.listening") == 1, "listeners pile up"
        board.to("#/")
    page.unroute(refused)
    assert page.evaluate("window.listening") == 0
    page.evaluate("() => { delete AbortSignal.prototype.addEventListener; delete AbortSignal.prototype.removeEventListener; }")
