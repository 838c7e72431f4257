"""The page in Chromium: what is done to it, and what it must not say."""

import contextlib
import re

from playwright.sync_api import expect

from harness import wait_until


def seen(text):
    """A text as the page shows it: what would hide or turn others around is spelled out."""
    return text.replace("\u202e", "‹U+202E›").replace("\u2066", "‹U+2066›")


def grouped(number):
    return f"{number:,}"


class Watch:
    """Hears all that a page must not say: console messages, errors, dialogs, other origins, violations of its policy."""

    def __init__(self, page, origin):
        self.page, self.heard, self.allowed = page, [], None
        page.on("console", lambda message: self.hear(f"console {message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.hear(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.hear(f"a dialog: {dialog.message}"), dialog.dismiss()))
        page.on("request", lambda request: request.url.startswith((origin + "/", "data:", "about:")) or self.hear(f"request to {request.url}"))
        page.add_init_script("addEventListener('securitypolicyviolation', (e) => console.error('violation: ' + e.violatedDirective))")

    def hear(self, text):
        if not (self.allowed and re.search(self.allowed, text)):
            self.heard.append(text)

    @contextlib.contextmanager
    def expecting(self, pattern):
        """The browser logs every refused request as an error: here they are what is tested."""
        self.allowed = pattern
        yield
        self.check()
        self.allowed = None

    def check(self):
        assert not self.heard, self.heard
        assert self.page.evaluate("window.__ran") is None, "a text ran as script"


class Dashboard:
    def __init__(self, world, page, watch, pictures):
        self.world, self.page, self.watch, self.pictures = world, page, watch, pictures

    def to(self, address):
        self.page.evaluate("address => { location.hash = address }", address)

    def see(self, selector, text, within=None):
        expect((within or self.page).locator(selector).first).to_contain_text(text)

    def button(self, name):
        return self.page.get_by_role("button", name=name, exact=True)

    def agree(self, name):
        self.page.locator("dialog.question").get_by_role("button", name=name, exact=True).click()
        expect(self.page.locator("dialog.question")).to_have_count(0)

    def told(self, text):
        """An outcome is told, and put away."""
        note = self.page.locator(".outcome", has_text=text).first
        expect(note).to_be_visible()
        note.get_by_role("button").click()

    def rows(self):
        return self.page.locator("#deliveries-table tbody tr").evaluate_all("rows => rows.map((row) => row.dataset.id)")

    def lists(self, expected):
        """The listing has exactly these deliveries, in this order, all pages of it."""
        older, told = self.page.locator("#older"), self.page.locator("#deliveries-told")

        def is_all():
            shown = self.rows()
            # Another page is asked for only where what is shown belongs to this listing.
            if shown != expected and shown == expected[:len(shown)] and older.is_visible():
                older.click()
            return shown == expected and "Looking" not in told.inner_text()
        wait_until(is_all, lambda: f"shown {self.rows()}, the API has {expected}")

    def picture(self, name, tall=True):
        """Light and dark, wide and narrow; nothing may stick out at the side."""
        for width in (1440, 390, 360):
            self.page.set_viewport_size({"width": width, "height": 900})
            beyond = self.page.evaluate("document.documentElement.scrollWidth") - width
            assert beyond <= 0, f"{name} sticks out by {beyond} px at {width} px"
            hidden = self.page.evaluate("document.querySelector('nav ul').scrollWidth - document.querySelector('nav ul').clientWidth")
            assert hidden <= 0, f"{name}: {hidden} px of the views' names are out of sight at {width} px"
            if self.pictures:
                height = min(5000, self.page.evaluate("document.documentElement.scrollHeight")) if tall else 900
                self.page.set_viewport_size({"width": width, "height": max(900, height)})
                for scheme in ("light", "dark"):
                    self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                    self.page.screenshot(path=self.pictures / f"{name}-{width}-{scheme}.png")
        self.page.emulate_media(color_scheme="light", reduced_motion="reduce")
        self.page.set_viewport_size({"width": 1440, "height": 900})
