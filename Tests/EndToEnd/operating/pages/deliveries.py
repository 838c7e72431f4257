"""The deliveries: what is found, what one of them shows, and what is sent again."""

import json

from playwright.sync_api import expect

from harness import wait_until
from pages.board import seen
from pages.overview import REFUNDS
from pages.world import HIDDEN, HOSTILE, SECRET, WALLET


def listing(board):
    """Filters, the one search box and paging find what the API finds."""
    page, world = board.page, board.world
    board.to("#/deliveries")
    every = world.every_delivery()
    assert len(every) > 100
    board.lists([one["id"] for one in every])
    page.select_option("#by-destination", "refusing")
    board.lists([one["id"] for one in every if one["destination"] == "refusing"])
    page.select_option("#by-state", "dead")
    dead = [one["id"] for one in every if one["state"] == "dead"]
    board.lists(dead)
    assert "state=dead" in page.evaluate("location.hash")
    page.reload()
    board.lists(dead)
    expect(page.locator("#by-destination")).to_have_value("refusing")
    board.button("Clear").click()
    board.lists([one["id"] for one in every])
    board.see("#zone", "without a zone is UTC")
    # What is typed counts from the next look on: the older pages are those of this listing.
    page.fill("#by-rule", "nobody")
    board.lists([one["id"] for one in every])
    page.fill("#by-rule", "refunds")
    page.keyboard.press("Enter")
    board.lists([one["id"] for one in every if "refunds" in one["rules"]])
    page.fill("#by-since", "nonsense")
    with board.watch.expecting("400"):
        board.button("Look").click()
        board.told('since is "nonsense"')
    page.fill("#by-since", "1h")
    page.fill("#by-until", "30m")
    board.button("Look").click()
    board.lists([])
    board.see("#deliveries-told", "No delivery fits")
    board.button("Clear").click()
    board.lists([one["id"] for one in every])

    page.locator("h1 >> visible=true").click()
    one = next(one for one in every if one["destination"] == "refusing")
    for text, hint, query in (
            (one["event"], "an event's id", f"&event={one['event']}"), (WALLET, "a wallet", f"&wallet={WALLET}"),
            ("pay_101", "a payment's id", "&payment=pay_101"), ("wallet:nobody", "a wallet", "&wallet=nobody")):
        page.keyboard.press("/")
        expect(page.locator("#search")).to_be_focused()
        page.fill("#search", text)
        board.see("#search-hint", hint)
        page.keyboard.press("Enter")
        wait_until(lambda: page.evaluate("location.hash").startswith("#/deliveries?"), "the address has the search")
        board.lists([found["id"] for found in world.every_delivery(query)])
        page.locator("#search").evaluate("box => box.blur()")
    board.button("Clear").click()
    page.fill("#search", one["id"])
    board.see("#search-hint", "a delivery's number")
    page.keyboard.press("Enter")
    board.see("dialog.panel h2", f"Delivery {one['id']}")
    page.keyboard.press("Escape")
    with board.watch.expecting("404"):
        page.fill("#search", "999999")
        page.keyboard.press("Enter")
        board.told("there is no delivery 999999")
    expect(page.locator("dialog")).to_have_count(0)
    board.button("Clear").click()


def detail(board):
    """A delivery is shown with its own digits, every attempt, and the exact request; retry and discard do what they say."""
    page, world = board.page, board.world
    dead = [one for one in world.every_delivery("&destination=refusing&state=dead")]
    board.to(f"#/deliveries/{dead[0]['id']}")
    panel = page.locator("dialog.panel")
    shown = world.ask(f"/api/v1/deliveries/{dead[0]['id']}")
    expect(panel.locator(".attempts > li")).to_have_count(len(shown["history"]))
    text = panel.inner_text()
    data = panel.locator("pre.json").inner_text()
    for wanted in ('"big": 9007199254740993', '"fee": 1.50', '"amount": 0.1000000000000000000105', *map(json.dumps, [
            HOSTILE["image"], HOSTILE["quotes"]])):
        assert wanted in data, f"{wanted} is not in {data}"
    assert seen(HOSTILE["turned"]) in data and "\u202e" not in text, "a text is turned around"
    assert seen(HOSTILE["script"] + HOSTILE["turned"]) in text, "the receiver's answer"
    assert shown["request"]["url"] in text and seen(shown["request"]["body"]) in text, "the request"
    for header in shown["request"]["headers"]:
        assert header["name"] in text and (header["value"] or "") in text, header
    panel.get_by_role("button", name="Copy as curl").click()
    board.told("The command copied")
    command = page.evaluate("navigator.clipboard.readText()")
    assert shown["request"]["body"].replace("'", "'\\''") in command and command.startswith("curl -X POST '"), command
    board.picture("delivery", tall=False)

    page.locator("dialog.panel").get_by_role("button", name="Discard").click()
    board.agree("Discard")
    board.told("is discarded")
    expect(panel.locator("header .pill").first).to_have_text("discarded")
    world.receiver.answers.pop("/refusing")
    board.to(f"#/deliveries/{dead[1]['id']}")
    board.see("dialog.panel h2", f"Delivery {dead[1]['id']}")
    panel.get_by_role("button", name="Retry", exact=True).click()
    board.told("is due at once")
    expect(panel.locator("header .pill").first).to_have_text("delivered")
    panel.get_by_role("button", name="Close").click()
    expect(page.locator("dialog")).to_have_count(0)

    billing = world.every_delivery("&destination=billing")[0]["id"]
    board.to(f"#/deliveries/{billing}")
    board.see("dialog.panel .headers", HOSTILE["quotes"])
    board.see("dialog.panel .headers", "hidden: it is a secret")
    assert HIDDEN not in panel.inner_text() and SECRET not in panel.inner_text()
    page.keyboard.press("Escape")


def again(board):
    """The dead ones of a destination are sent again, and told by their number; then everything of an hour."""
    page, world = board.page, board.world
    board.to("#/deliveries?destination=refusing")
    board.lists([one["id"] for one in world.every_delivery("&destination=refusing")])
    left = len(world.every_delivery("&destination=refusing&state=dead"))
    board.button("Send again…").click()
    expect(page.locator("#replay-destination")).to_have_value("refusing")
    page.locator("#replay-go").click()
    board.told(f"{left} dead deliveries are sent again")
    wait_until(lambda: world.destination("refusing")["delivered"] == REFUNDS - 1, "they arrive")
    board.button("Send again…").click()
    page.get_by_label("Everything, delivered and dead").check()
    page.fill("#replay-since", "1h")
    page.locator("#replay-go").click()
    board.told(f"{REFUNDS - 1} deliveries are sent again")
    expect(page.locator("dialog")).to_have_count(0)
