"""Debian's Chromium, driven by Playwright."""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Request, Route, sync_playwright

from tests.support.tools import find_chromium, missing

# No sandbox: it needs rights that a container or root does not give. The rest keeps Chromium from calling home.
CHROMIUM_ARGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@contextmanager
def chromium() -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        missing("Chromium", "chromium")
    try:
        ctypes.CDLL("libatomic.so.1")  # Playwright starts without it, and then only says that a connection closed
    except OSError:
        missing("libatomic, which Playwright needs,", "libatomic1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@contextmanager
def watched_page(browser: Browser) -> Iterator[Page]:
    """
    A page in a fresh profile, which afterwards must have met no script error and asked no other host.

    Requests to other hosts are stopped, so a page that leans on one looks broken here as well.
    """
    wrong: list[str] = []

    def refuse(route: Route, request: Request) -> None:
        wrong.append(f"asked another host: {request.url}")
        route.abort()

    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, locale="en-US", timezone_id="America/New_York"
    )
    context.set_default_timeout(10_000)
    context.route(_is_elsewhere, refuse)
    page = context.new_page()
    page.on("pageerror", lambda error: wrong.append(f"script error: {error}"))
    try:
        yield page
    finally:
        context.close()
    assert wrong == []


def _is_elsewhere(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and parts.hostname not in ("localhost", "127.0.0.1", "::1")
