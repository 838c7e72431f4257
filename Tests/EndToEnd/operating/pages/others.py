"""Live events, match, payments, themes, keys, and what the page says when the relay is gone, in trouble or very large."""

import json
import re

from playwright.sync_api import expect

from harness import wait_until
from pages.board import seen
from pages.world import HOSTILE, event


def live(board):
    """Events appear as they pass, with the rule that took them; a pause holds them back."""
    page, world = board.page, board.world
    board.to("#/live")
    expect(page.locator("#live-state")).to_have_text("following")
    world.feed.say(event(300))
    world.feed.say(event(301, "refund"))
    refund = page.locator("#live-list li").first
    expect(page.locator("#live-list li")).to_have_count(2)
    assert refund.locator(".chip").all_inner_texts() == ["everything", "refunds"]
    expect(refund.locator(".to")).to_have_text("→ billing, refusing, later")
    expect(refund.locator(".amount")).to_have_text("0.1000000000000000000301")
    refund.locator("summary").click()
    expect(refund.locator("pre")).to_contain_text('"big": 9007199254740993')
    expect(refund.locator("pre")).to_contain_text(seen(HOSTILE["turned"]))
    board.button("Pause").click()
    expect(page.locator("#live-state")).to_have_text("paused")
    world.feed.say(event(302, HOSTILE["script"]))
    board.see("#live-told", "1 newer one waits")
    board.picture("live")
    expect(page.locator("#live-list li")).to_have_count(2)
    board.button("Go on").click()
    expect(page.locator("#live-list li")).to_have_count(3)
    board.see("#live-list li:first-child .type", HOSTILE["script"])

    def told():
        """How many passed, and how many the relay left out as the page was too slow for a burst."""
        return [int((re.search(words, page.locator("#live-told").inner_text()) or [0, 0])[1])
                for words in (r"(\d+) passed", r"(\d+) were left out")]
    for burst in range(1, 7):
        for number in range(50):
            world.feed.say(event(1000 + 50 * burst + number))
        wait_until(lambda: sum(told()) == 3 + 50 * burst, lambda: f"{told()} of {3 + 50 * burst}")
    expect(page.locator("#live-list li")).to_have_count(min(200, told()[0]))
    page.locator("#live-clear").click()
    expect(page.locator("#live-list li")).to_have_count(0)
    assert world.status()["liveClients"] == 1
    board.to("#/")
    wait_until(lambda: world.status()["liveClients"] == 0, "nobody follows any longer")


def match(board):
    """The rules' answer for a pasted event is the API's."""
    page, world = board.page, board.world
    board.to("#/match")
    text = event(1, "refund")
    page.select_option("#match-feed", "steered")
    page.fill("#match-event", text)
    page.keyboard.press("Control+Enter")
    answer = world.ask("/api/v1/match?feed=steered", text.encode())
    board.see("#match-told", "2 rules take it, 1 does not")
    rules = page.locator("#match-rules li")
    expect(rules).to_have_count(3)
    for name, reason in answer["rules"].items():
        expect(rules.filter(has=page.get_by_text(name, exact=True))).to_contain_text(reason or "matches")
    page.fill("#match-event", event(1, HOSTILE["image"]))
    page.locator("#match-go").click()
    board.see("#match-told", "1 rule takes it")
    board.see("#match-rules", json.dumps(HOSTILE["image"]))
    board.picture("match")
    page.fill("#match-event", "{")
    with board.watch.expecting("400"):
        page.locator("#match-go").click()
        page.locator(".outcome.bad").get_by_role("button").click()


def payments(board):
    """What was spent is the API's, digit by digit."""
    page, world = board.page, board.world
    board.to("#/payments")
    answer = world.ask("/api/v1/payments")
    spend = answer["spend"]
    for title, spent, limit in (("In the last hour", "hour", "perHour"), ("In the last day", "day", "perDay")):
        card = page.locator(".budget").filter(has=page.get_by_text(title, exact=True))
        expect(card.locator(".amount")).to_have_text(spend["spent"][spent])
        expect(card).to_contain_text(f"of {spend['limits'][limit]}")
    rows = page.locator("#payments-table tbody tr")
    expect(rows).to_have_count(len(answer["payments"]))
    assert len(answer["payments"]) >= 1
    for one in answer["payments"]:
        row = page.locator(f'#payments-table tr[data-id="{one["id"]}"]')
        expect(row.locator('td[data-name="Amount"]')).to_have_text(one["amount"])
        expect(row.locator('td[data-name="State"]')).to_contain_text(one["state"])
        row.get_by_text("More").click()
        expect(row).to_contain_text(one["transaction"])
    page.select_option("#payments-state", "expired")
    board.see("#payments-told", "No payment fits")
    page.select_option("#payments-state", "")
    expect(rows).to_have_count(len(answer["payments"]))
    board.picture("payments")


def themes(board):
    page = board.page
    grounds = []
    for name in ("light", "dark", "system"):
        page.locator("#theme").click()
        expect(page.locator("#theme")).to_have_text(f"Theme: {name}")
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds[0] == grounds[2] != grounds[1], grounds


def keys(board):
    """Everything of the overview is reached by Tab and seen to be; the views change by arrow and Enter; Escape closes."""
    page = board.page
    board.to("#/")
    page.evaluate("document.activeElement.blur()")
    page.evaluate("getSelection().removeAllRanges()")
    wanted = page.evaluate(
        "[...document.querySelectorAll('a, button, input, select, textarea, summary, [tabindex=\"0\"]')]"
        ".filter((one) => one.checkVisibility()).length")
    reached, unseen = 0, []
    page.locator(".skip").focus()
    page.locator(".skip").evaluate("one => { window.first = one }")
    for _ in range(wanted * 2):
        state = page.evaluate("""() => {
            const one = document.activeElement, style = getComputedStyle(one), isNew = !one.dataset.reached && one !== document.body;
            one.dataset.reached = "1";
            return [isNew, style.outlineStyle !== "none" || one.matches(".skip"), one.outerHTML.slice(0, 80)];
        }""")
        reached += state[0]
        if state[0] and not state[1]:
            unseen.append(state[2])
        if reached == wanted:
            break
        page.keyboard.press("Tab")
    assert reached >= wanted and not unseen, f"Tab reaches {reached} of {wanted}; without a visible focus: {unseen}"
    page.locator('nav a[data-view="overview"]').focus()
    for view in ("deliveries", "live", "match", "payments", "overview"):
        page.keyboard.press("ArrowRight")
        page.keyboard.press("Enter")
        expect(page.locator(f"#{view}")).to_be_visible()
        assert page.locator('nav a[aria-current="page"]').get_attribute("data-view") == view
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.locator("#search").fill("1")
    page.keyboard.press("Enter")
    board.see("dialog.panel h2", "Delivery 1")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    board.to("#/")
    page.locator(".skip").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()


def gone(board, program):
    """A relay that does not answer is never shown as if it did; when it is back the page goes on by itself."""
    page = board.page
    with board.watch.expecting("ERR_CONNECTION|ERR_EMPTY|ERR_INCOMPLETE|Failed to load"):
        assert program.stop() == 0
        expect(page.locator("#ready")).to_have_text("NO ANSWER")
        board.see("#stale", "No answer since")
        assert "stale" in page.evaluate("document.body.className") and page.title().startswith("No answer")
        board.picture("gone")
        again = board.world.start()
        board.see("#ready", "READY")
        expect(page.locator("#stale")).to_be_hidden()
        return again


def large(board):
    """Fifty feeds, two hundred destinations, a thousand rules, hostile names: the worst first, the rest one step away."""
    page, status = board.page, board.world.status()
    feed, to = status["feeds"][0], next(one for one in status["destinations"] if one["name"] == "billing")
    names = [HOSTILE[key] for key in ("image", "script", "url", "quotes", "turned", "long")]
    status["feeds"] = [{**feed, "name": f"feed-{n}", "reason": names[n % 6], "state": "down" if n == 40 else "connected"} for n in range(50)]
    status["destinations"] = [
        {**to, "name": f"to-{n}", "state": "disabled" if n == 150 else "active", "reason": names[n % 6], "url": names[2]} for n in range(194)
    ] + [{**to, "name": name} for name in names]
    status["rules"] = [{"name": names[n] if n < 6 else f"rule-{n}", "deliverTo": ["to-1"], "feeds": None} for n in range(1000)]
    status["reasons"], status["ready"] = names, False
    most = status["outbox"]["maxSize"]
    # Delivered history fills an outbox, and gives way by itself.
    status["outbox"].update(size=most * 93 // 100, keptSize=most // 100, trouble=HOSTILE["image"])
    # Its own clock: what was said a moment ago is not old.
    page.route("**/api/v1/status", lambda route: route.fulfill(body=json.dumps(status), content_type="application/json"))
    expect(page.locator("#destinations-table tbody")).to_have_count(20)
    board.see("#destinations-table tbody", "to-150")
    board.see("#feeds-table tbody", "feed-40")
    expect(page.locator("#feeds-table tbody")).to_have_count(20)
    board.see(".reasons", HOSTILE["script"])
    expect(page.locator("#outbox-bar .gauge")).to_have_class("gauge")
    assert "of the outbox" not in page.locator(".points").inner_text()
    status["outbox"].update(keptSize=most * 85 // 100)
    expect(page.locator("#outbox-bar .gauge")).to_have_class("gauge warn")
    board.see(".points", f"What must be kept fills {most * 85 // 100 * 100 // most} % of the outbox")
    board.picture("large")
    page.locator("#overview section", has=page.locator("#destinations-table")).get_by_role("button", name="Show all 200").click()
    expect(page.locator("#destinations-table tbody")).to_have_count(200)
    for name in names:
        board.see("#destinations-table", seen(name))
    page.fill("#destinations-filter", "to-19")
    expect(page.locator("#destinations-table tbody")).to_have_count(5)
    rows = page.locator("#destinations-table tbody").evaluate_all("rows => rows.map((row) => row.dataset.row)")
    assert rows == [f"to-{n}" for n in (19, 190, 191, 192, 193)], rows
    page.unroute("**/api/v1/status")
    # A filter that is no longer shown hides nothing.
    expect(page.locator('#destinations-table tbody[data-row="billing"]')).to_be_visible()
    expect(page.locator("#destinations-table tbody")).to_have_count(len(board.world.document["destinations"]))


def hostile_details(board):
    """A delivery whose every text is hostile, also where the relay itself would refuse one."""
    page = board.page
    one = board.world.every_delivery("&destination=billing")[0]["id"]
    shown = board.world.ask(f"/api/v1/deliveries/{one}")
    for key in ("type", "feed", "destination", "sender", "recipient", "amount", "lastError"):
        shown[key] = HOSTILE["image"]
    shown["rules"] = list(HOSTILE.values())
    shown["request"]["url"] = HOSTILE["url"]
    shown["request"]["headers"] = [{"name": text, "value": text} for text in HOSTILE.values()]
    shown["history"][0].update(error=HOSTILE["script"], answer=HOSTILE["quotes"] + HOSTILE["long"])
    page.route(f"**/api/v1/deliveries/{one}", lambda route: route.fulfill(body=json.dumps(shown), content_type="application/json"))
    board.to(f"#/deliveries/{one}")
    for text in HOSTILE.values():
        board.see("dialog.panel", seen(text))
    board.picture("hostile", tall=False)
    page.unroute(f"**/api/v1/deliveries/{one}")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
