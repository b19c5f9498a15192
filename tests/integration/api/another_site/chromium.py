"""A real browser, which blocks cookies of other sites than that of the page."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS: Final = (
    "--headless=new",
    "--no-sandbox",  # Continuous integration is root.
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
)


def _preferences(*, blocks_cookies: bool) -> str:
    # Said both ways: releases differ in what they do by default.
    wanted = {"block_third_party_cookies": blocks_cookies, "cookie_controls_mode": +blocks_cookies}
    return json.dumps({"profile": wanted})


def chromium() -> str:
    """Return the browser's program; without one the test is skipped, and fails in CI."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        reason = f"there is no Chromium here (any of {', '.join(_NAMES)})"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@contextmanager
def browse(url: str, profile: Path, *options: str, blocks_cookies: bool = True) -> Iterator[None]:
    """Show a page as long as the context lasts."""
    preferences = profile / "Default" / "Preferences"
    preferences.parent.mkdir(parents=True)
    preferences.write_text(_preferences(blocks_cookies=blocks_cookies))
    shown = subprocess.Popen(
        [chromium(), *_OPTIONS, *options, f"--user-data-dir={profile}", url],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        # With the processes that it started.
        os.killpg(shown.pid, signal.SIGKILL)
        shown.wait()
