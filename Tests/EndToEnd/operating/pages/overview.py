"""The overview: the token, its figures, its plots, and what is done to destinations."""

import json
import re

from playwright.sync_api import expect

from harness import wait_until
from pages.board import grouped
from pages.world import HOSTILE, TOKEN, event

FIRST_EVENTS, REFUNDS, FAREWELLS = 70, 6, 12


def enter(board):
    """Without the token nothing is shown; a wrong one is said to be wrong; the right one is kept for this tab only."""
    page = board.page
    with board.watch.expecting("401"):
        page.goto(board.world.url + "/")
        board.see("dialog h2", "asks for a token")
        page.keyboard.press("Escape")
        page.fill("#token", "wrong")
        page.keyboard.press("Enter")
        board.see("dialog h2", "not taken")
        page.locator("dialog input").last.fill(TOKEN)
        board.button("Enter").last.click()
        board.see("#ready", "READY")
        expect(page.locator("dialog")).to_have_count(0)
    page.reload()
    board.see("#ready", "READY")
    with board.watch.expecting("401"):
        board.button("Forget token").click()
        board.see("dialog h2", "asks for a token")
        page.fill("#token", TOKEN)
        page.keyboard.press("Enter")
        expect(page.locator("dialog")).to_have_count(0)
    assert page.evaluate("Object.keys(localStorage).filter((key) => localStorage[key].includes('tttt'))") == []


def fill(board):
    """The events of the check, and the relay at rest after them."""
    world = board.world
    for number in range(FIRST_EVENTS):
        world.feed.say(event(number, HOSTILE["image"] if number == 3 else HOSTILE["long"] if number == 4 else "payment"))
    for number in range(100, 100 + REFUNDS):
        world.feed.say(event(number, "refund"))
    for number in range(200, 200 + FAREWELLS):
        world.feed.say(event(number, "farewell"))
    world.feed.say("no json")

    def rests():
        to = {one["name"]: one for one in world.status()["destinations"]}
        return to["billing"]["delivered"] >= FIRST_EVENTS + REFUNDS + FAREWELLS and to["billing"]["pending"] == 0 \
            and to["refusing"]["dead"] == REFUNDS and to["later"]["sinceStart"]["attempts"]["refused"] == REFUNDS \
            and to["gone"]["state"] == "disabled" and to["gone"]["inFlight"] == 0 and to["nowhere"]["state"] == "down"
    wait_until(rests, lambda: json.dumps(world.status()["destinations"])[:3000])


def figures(board):
    """Every figure of the overview is the API's."""
    page, world = board.page, board.world
    board.to("#/")
    status = world.status()
    sums = {
        "waiting": sum(one["pending"] for one in status["destinations"]),
        "dead": sum(one["dead"] for one in status["destinations"])}
    for name, value in sums.items():
        expect(page.locator(f"#figure-{name}")).to_have_text(grouped(value))
    board.see("#version", status["version"])
    board.see("h1", "Events flow, but not all of them arrive")
    for one in status["destinations"]:
        row = page.locator(f'#destinations-table tbody[data-row="{one["name"]}"]')
        expect(row.locator("td").nth(0)).to_contain_text(one["state"])
        expect(row.locator('td[data-name="Waiting"] a')).to_have_text(grouped(one["pending"]))
        expect(row.locator('td[data-name="Dead"] a')).to_have_text(grouped(one["dead"]))
        row.locator(".opener").click()
        since = one["sinceStart"]
        for term, value in {
                "Accepted": since["accepted"], "Attempts that succeeded": since["attempts"]["succeeded"],
                "Attempts refused by an answer": since["attempts"]["refused"], "Pending": one["pending"]}.items():
            fact = row.locator(".more dl > div").filter(has=page.get_by_text(term, exact=True)).first
            expect(fact.locator("dd")).to_have_text(grouped(value))
        row.locator(".opener").click()
    names = page.locator("#destinations-table tbody").evaluate_all("rows => rows.map((row) => row.dataset.row)")
    assert names[:2] == ["gone", "nowhere"] and names[-1] == "billing", f"the worst is not first: {names}"
    for one in status["feeds"]:
        is_steered = one["name"] == "steered"
        row = page.locator(f'#feeds-table tbody[data-row="{one["name"]}"]')
        expect(row.locator("td").nth(0)).to_contain_text(one["state"])
        expect(row.locator('td[data-name="Connections"]')).to_contain_text(f"{one['connections']} of {one['configuredConnections']}")
        row.locator(".opener").click()
        for term, key in {"Events in": "received", "Matched by a rule": "matched", "Duplicates left out": "repeated",
                          "Malformed": "malformed", "Reconnects": "reconnects"}.items() if is_steered else ():
            fact = row.locator(".more dl > div").filter(has=page.get_by_text(term, exact=True)).first
            expect(fact.locator("dd")).to_have_text(grouped(one[key]))
        row.locator(".opener").click()
    assert page.locator('#feeds-table tbody[data-row="paid"]').inner_text().count("paid") >= 2, "the paid slice is not shown"
    board.see(".points", "gone is disabled")
    board.see(".points", "nowhere is down")
    board.see(".points", f"{REFUNDS} dead deliveries for refusing")


def plots(board):
    """The plots add up to the history, and say by keyboard what they say by pointer."""
    page = board.page
    wait_until(lambda: sum(board.world.ask("/api/v1/history")["received"]) > FIRST_EVENTS, "the history has the events")

    def agree():
        history = board.world.ask("/api/v1/history")
        text = page.locator(".plot .note").first.inner_text()
        return text.startswith(f"{grouped(sum(history['received']))} in, {grouped(sum(history['matched']))} matched")
    wait_until(agree, lambda: page.locator(".plot .note").first.inner_text())
    slider = page.locator(".plot svg").first
    slider.focus()
    page.keyboard.press("Home")
    first = board.world.ask("/api/v1/history")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(rf": In {first['received'][0]}, Matched {first['matched'][0]}$"))
    expect(slider).to_have_attribute("aria-valuenow", "1")
    for key, step in (("End", "last"), ("ArrowLeft", "Math.max(1, last - 1)"), ("ArrowRight", "last")):
        page.keyboard.press(key)
        assert slider.evaluate(
            f"(one) => {{ const last = Number(one.ariaValueMax); return Number(one.ariaValueNow) === {step} }}"), key
    page.keyboard.press("Escape")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^last step"))
    page.get_by_text("The same as a table").click()
    expect(page.locator("#hour table tbody tr").first).to_be_visible()
    page.get_by_text("The same as a table").click()


def operate(board):
    """Pause, resume and test do what they say, after a question."""
    page, world = board.page, board.world
    board.button("Pause billing").click()
    board.agree("Cancel")
    assert world.destination("billing")["state"] == "active"
    board.button("Pause billing").click()
    board.agree("Pause")
    board.told("billing is paused")
    assert world.destination("billing")["state"] == "paused"
    board.see(".points", "billing is paused")
    board.picture("trouble")
    page.locator("#destinations-table").get_by_role("button", name="Resume billing").click()
    board.told("billing is active again")
    assert world.destination("billing")["state"] == "active"
    board.button("Test billing").click()
    board.agree("Send test")
    board.told("A test is on its way to billing")
    board.see("dialog.panel h2", "Delivery")
    board.see("dialog.panel", "relay.test")
    expect(page.locator("dialog.panel header .pill")).to_have_text("delivered")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    assert not page.evaluate("location.hash").startswith("#/deliveries/")
