"""The ten lines of the README on another site than the API, whose cookies the browser blocks."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from personalization.domain.event import Event
from personalization.domain.identifiers import SessionId
from personalization.wiring import CoreSettings, open_kept
from tests.clients.js.chromium.site import OnePageSite
from tests.clients.js.chromium.small_shop import HOSTILE_TITLE, stock_with_key
from tests.clients.js.node_runs import build_bundles
from tests.clients.js.readme import page_script, plain_page
from tests.driven_page import PATIENCE_SECONDS, DrivenPage, driven_page
from tests.e2e.shop_process import ShopProcess
from tests.integration.api.another_site.chromium import chromium
from tests.integration.api.another_site.site import running
from tests.waiting import eventually

_ROW: Final = "document.querySelector('fitting-room-row')"
_READY: Final = f"{_ROW}?.shadowRoot?.querySelector('[part=row]:not([inert])')"
_SHIFTS: Final = """new Promise((resolve) => {
  const seen = (list) => list.getEntries().reduce((sum, shift) => sum + shift.value, 0);
  const observer = new PerformanceObserver((list) => resolve(seen(list)));
  observer.observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => resolve(0), 300);
})"""


@dataclass(frozen=True)
class Shop:
    process: ShopProcess
    api: str
    key: str
    page_address: str

    def events(self, session: str) -> list[Event]:
        """Return what the history has of a visit."""
        name = SessionId(session)
        with open_kept(CoreSettings.of_home(self.process.home)) as kept:
            return list(kept.history.read_many([name]).get(name, ()))


class Site(OnePageSite):
    """The one of this module."""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    chromium()
    build_bundles()
    home = tmp_path_factory.mktemp("shop")
    with running(Site) as port:
        origin = f"http://shop.localhost:{port}"
        key = stock_with_key(home, origin)
        # Nothing is open to who shows no key.
        with ShopProcess(home, FITTING_ROOM_API_TRUSTED_PROXIES='["192.0.2.1"]') as process:
            yield Shop(process, str(process.client.base_url).rstrip("/"), key, f"{origin}/")


@pytest.fixture
def page(shop: Shop, tmp_path: Path) -> Iterator[DrivenPage]:
    Site.page, Site.policy = plain_page(shop.api, shop.key), ""
    with driven_page(tmp_path / "browser") as opened:
        yield opened


def texts(page: DrivenPage, part: str) -> list[str]:
    found: list[str] = page.read(
        f"[...{_ROW}.shadowRoot.querySelectorAll('[part={part}]')].map((node) => node.textContent)"
    )
    return found


def sent_events(page: DrivenPage) -> list[dict[str, Any]]:
    return [event for batch in page.sent_to("/v1/track") for event in batch["events"]]


def test_ten_lines_are_a_live_row(shop: Shop, page: DrivenPage) -> None:
    assert len(Site.page.strip().splitlines()) == 10
    page.go(shop.page_address)
    page.wait_for(_READY)
    before = texts(page, "name")
    assert any(name.startswith("shirt-") for name in before)
    assert page.read("document.title") == "A shop"
    assert texts(page, "title")[0]
    eventually(lambda: sent_events(page) != [], PATIENCE_SECONDS)

    page.read(page_script(shop.api).replace("shirt-1", "skirt-0"))
    page.wait_for(f"{_ROW}.shadowRoot.textContent.includes('skirt-')")

    [session] = {event["session_id"] for event in sent_events(page)}
    eventually(lambda: len(shop.events(session)) >= 2, PATIENCE_SECONDS)
    kept = {str(event.type) for event in shop.events(session)}
    assert {"impression", "product_view"} <= kept
    assert texts(page, "name") != before
    assert page.faults == []
    assert page.refused == []
    assert page.read(_SHIFTS) == 0
    hosts = {request["url"].split("/")[2] for request in page.requests}
    assert hosts <= {shop.api.split("/")[2], shop.page_address.split("/")[2]}
    assert not any("cookie" in map(str.lower, sent["headers"]) for sent in page.requests)


def test_a_hostile_title_is_text(shop: Shop, page: DrivenPage) -> None:
    page.go(shop.page_address)
    page.wait_for(_READY)
    [hostile] = [name for name in texts(page, "name") if name.startswith("<img")]
    assert HOSTILE_TITLE.startswith(hostile.removesuffix("…"))
    assert page.read(f"{_ROW}.shadowRoot.querySelectorAll('img').length") == 0
    high = f"[...{_ROW}.shadowRoot.querySelectorAll('li')].map((card) => card.offsetHeight)"
    assert len(set(page.read(high))) == 1


def test_a_strict_policy_needs_no_unsafe_inline(shop: Shop, page: DrivenPage) -> None:
    Site.policy = f"default-src 'none'; script-src {shop.api}; connect-src {shop.api}"
    page.go(shop.page_address)
    page.wait_for(_READY)
    assert texts(page, "name")
    card = f"{_ROW}.shadowRoot.querySelector('li')"
    assert page.read(f"getComputedStyle({card}).listStyleType") == "none"
    assert page.read(f"{card}.offsetWidth") == 176
    assert page.faults == []


def test_a_visit_goes_on_after_a_reload_and_a_click_is_joined_to_its_slot(
    shop: Shop, page: DrivenPage
) -> None:
    page.go(shop.page_address)
    page.wait_for(_READY)
    page.read(
        f"{_ROW}.shadowRoot.addEventListener('click', (event) => event.preventDefault());"
        f"{_ROW}.shadowRoot.querySelectorAll('a')[2].click()"
    )
    page.go(shop.page_address)
    page.wait_for(_READY)
    page.read(page_script(shop.api).replace("shirt-1", _product_of_click(page)))
    eventually(
        lambda: any(event["type"] == "product_view" for event in sent_events(page)),
        PATIENCE_SECONDS,
    )
    [view] = [event for event in sent_events(page) if event["type"] == "product_view"]
    assert view["slot"] == 2
    assert view["decision_id"]
    eventually(lambda: _is_kept(shop, view), PATIENCE_SECONDS)


def _product_of_click(page: DrivenPage) -> str:
    kept = page.read("Object.entries(localStorage).find(([name]) => name.endsWith('clicked'))[1]")
    return str(json.loads(kept)[0]["product"])


def _is_kept(shop: Shop, view: dict[str, Any]) -> bool:
    events = shop.events(view["session_id"])
    return any(event.event_id == view["event_id"] and event.slots == (2,) for event in events)


def test_what_waits_when_a_page_is_left_arrives_by_a_beacon(shop: Shop, page: DrivenPage) -> None:
    page.go(shop.page_address)
    page.wait_for(_READY)
    session = page.read(
        f"import('{shop.api}/client/element.js').then((client) => {{"
        " const shop = client.fittingRoom();"
        " shop.track('product_view', { product_id: 'shirt-3' }); return shop.sessionId; })"
    )
    page.go("about:blank")
    eventually(
        lambda: "product_view" in {str(event.type) for event in shop.events(session)},
        PATIENCE_SECONDS,
    )


@pytest.mark.parametrize("trouble", ["key", "away"])
def test_a_row_that_cannot_be_had_leaves_the_page_as_it_is(
    shop: Shop, page: DrivenPage, trouble: str
) -> None:
    wrong = {
        "key": (shop.key, "pk_wrong"),
        "away": ("<fitting-room-row", "<fitting-room-row api-url='http://127.0.0.1:9'"),
    }
    Site.page = Site.page.replace(*wrong[trouble]).replace(
        "</fitting-room-row>", "<p>Bestsellers</p></fitting-room-row>"
    )
    page.go(shop.page_address)
    page.wait_for(f"{_ROW}?.shadowRoot?.querySelector('slot')")
    assert "Bestsellers" in page.read("document.body.innerText")
    assert page.faults == []
    assert page.read(_SHIFTS) == 0
