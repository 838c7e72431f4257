#!/usr/bin/env python3
"""Clicks through the dashboard of a running relay in Chromium, and holds what it shows against the API.

    dashboard.py BINARY [--pictures DIR]

A simulated feed, a paid one, receivers that refuse, and hostile texts wherever one can put some. Fails on any error or warning in the
console, any request to another origin and any script that ran. Exits with 1 and the relay's log at the first thing that is not so.
"""

import argparse
import pathlib
import shutil
import sys
import tempfile

from playwright.sync_api import expect, sync_playwright

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness import wait_until
from pages import deliveries, others, overview, scripted
from pages.board import Dashboard, Watch
from pages.world import World

# As long as any wait takes on a busy machine.
PATIENCE_MS = 30_000


def walk(board, world):
    """All of it, in an order in which each step finds what it needs; returns the running program."""
    overview.enter(board)
    board.picture("empty")
    overview.fill(board)
    overview.figures(board)
    overview.plots(board)
    overview.operate(board)
    deliveries.listing(board)
    board.picture("deliveries")
    deliveries.detail(board)
    deliveries.again(board)
    others.live(board)
    others.match(board)
    others.payments(board)
    others.themes(board)
    others.keys(board)
    board.picture("overview")
    others.hostile_details(board)
    board.to("#/")
    others.large(board)
    scripted.verdicts(board)
    scripted.holes(board)
    scripted.attempts(board)
    scripted.paging(board)
    scripted.silent(board)


def dashboard(binary, folder, pictures):
    world = World(binary, folder)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        context = chromium.new_context(
            viewport={"width": 1440, "height": 900}, permissions=["clipboard-read", "clipboard-write"], reduced_motion="reduce")
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        page = context.new_page()
        board = Dashboard(world, page, Watch(page, world.url), pictures)
        with world.start() as program:
            wait_until(lambda: (world.status() or {}).get("ready"), lambda: program.log)
            try:
                walk(board, world)
                board.watch.check()
                with others.gone(board, program) as again:
                    board.watch.check()
                    assert again.stop() == 0
            except BaseException:
                page.screenshot(path=pathlib.Path(pictures or tempfile.gettempdir(), "dashboard-failed.png"))
                print(f"--- heard: {board.watch.heard}")
                raise
        chromium.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("binary", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("--pictures", type=pathlib.Path)
    arguments = parser.parse_args()
    if arguments.pictures:
        arguments.pictures.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        dashboard(arguments.binary, folder, arguments.pictures)


if __name__ == "__main__":
    main()
