"""Somebody who shops in a real browser, and what their page asked for and did wrong."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, Request

from tests.waiting import eventually

DESK: Final = {"width": 1440, "height": 900}
PHONE: Final = {"width": 390, "height": 844}
PATIENCE_MS: Final = int(os.environ.get("FITTING_ROOM_TEST_PATIENCE_MS", "60000"))
"""Two processors are busy with other tests beside this one."""


@dataclass
class Shopper:
    page: Page
    context: BrowserContext
    address: str
    requests: list[Request] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    """Exceptions that nobody caught, and what the content security policy refused."""

    def go(self, path: str = "/") -> None:
        self.page.goto(self.address + path, wait_until="domcontentloaded")

    @property
    def session_id(self) -> str:
        """Return the id of the visit, as the page's requests name it."""
        paths = [urlsplit(request.url).path.split("/") for request in self.requests]
        named = [path[3] for path in paths if path[1:3] == ["v1", "profiles"] and len(path) > 3]
        return named[-1]

    def settle(self) -> None:
        """Return once the page follows the visit and nothing on it is still awaited."""
        self.page.wait_for_selector("[data-state=live]", state="attached")
        self.wait_for("!document.querySelector('main [aria-busy=true]')")

    def wait_for(self, expression: str) -> None:
        """Return once it holds in the page, whose policy refuses Playwright's own way."""
        eventually(lambda: self._holds(expression), PATIENCE_MS / 1000)

    def _holds(self, expression: str) -> bool:
        try:
            return bool(self.page.evaluate(expression))
        except Error as error:
            if "Execution context was destroyed" not in str(error):
                raise
            # The page was loaded anew in the middle: it is asked again.
            return False

    def scroll_through(self) -> None:
        """Go to the end of the page, a screen at a time, so that all of it is loaded."""
        page = self.page
        height = page.viewport_size["height"] if page.viewport_size else 1
        for place in range(0, page.evaluate("document.documentElement.scrollHeight"), height):
            page.evaluate("place => scrollTo({ top: place, behavior: 'instant' })", place)
            page.evaluate("() => new Promise(requestAnimationFrame)")
        self.settle()

    def row(self, name: str) -> Locator:
        """Return a part of the page by what it is called for tests."""
        return self.page.locator(f"[data-row='{name}']")

    def scroll_to(self, name: str) -> Locator:
        """Return a part once it is on screen and its cards are there."""
        part = self.row(name)
        part.scroll_into_view_if_needed()
        part.locator("article").first.wait_for()
        return part

    def products_in(self, name: str) -> list[str]:
        cards = self.row(name).locator("article[data-product]")
        found: list[str] = cards.evaluate_all("cards => cards.map((card) => card.dataset.product)")
        return found

    def loaded_kib(self) -> float:
        """Return how much was sent for what the page has loaded, streams aside."""
        sizes: list[int] = self.page.evaluate(
            "() => [...performance.getEntriesByType('resource'),"
            " ...performance.getEntriesByType('navigation')]"
            ".filter(({ name }) => !name.endsWith('/stream')).map((entry) => entry.transferSize)"
        )
        return sum(sizes) / 1024

    def asked_elsewhere(self) -> list[str]:
        """Return requests to any other host than the shop's own."""
        own = urlsplit(self.address).netloc
        urls = [request.url for request in self.requests]
        return [url for url in urls if url.startswith("http") and urlsplit(url).netloc != own]

    def sent_events(self) -> list[dict[str, Any]]:
        bodies = [
            request.post_data_json
            for request in self.requests
            if urlsplit(request.url).path == "/v1/track" and request.method == "POST"
        ]
        return [event for body in bodies if body for event in body["events"]]


@contextmanager
def open_shopper(
    browser: Browser, address: str, *, size: dict[str, int] = DESK, **options: Any
) -> Iterator[Shopper]:
    context = browser.new_context(
        viewport={"width": size["width"], "height": size["height"]}, locale="pl-PL", **options
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    shopper = Shopper(page, context, address.rstrip("/"))
    # Playwright marks what it is given, which built-in methods do not take.
    context.on("request", lambda request: shopper.requests.append(request))  # noqa: PLW0108
    page.on("pageerror", lambda error: shopper.faults.append(str(error)))
    page.on(
        "console",
        lambda message: (
            shopper.faults.append(message.text)
            if "Content Security Policy" in message.text
            else None
        ),
    )
    try:
        yield shopper
    finally:
        context.close()
