"""A page of another site, in a real browser that blocks cookies of third parties."""

from collections.abc import Iterator
from pathlib import Path
from queue import Queue
from typing import Any

import httpx
import pytest

from api.keys.shown_key import KEY_HEADER
from api.state import ApiServices
from personalization.codec.json_codec import EVENT, PROFILE
from personalization.domain.access.api_key import KeyKind
from personalization.domain.event import Event
from personalization.domain.identifiers import DecisionId, SessionId
from personalization.keys.editor import KeyEditor, NewKey, Operator
from personalization.ports.event_log import EventLog
from personalization.ports.notifier import ProfileChanged
from personalization.ports.profile_store import StoredProfile
from personalization.ports.stores import KeptStores
from personalization.ports.topics import USER_INTERACTIONS
from personalization.settings.serving import ServingSettings
from tests.builders.profile import a_profile
from tests.integration.api.another_site.chromium import browse, chromium
from tests.integration.api.another_site.site import ProbeSite, ShopSite, running
from tests.integration.api.serving import serve
from tests.waiting import eventually

PATIENCE_SECONDS = 60.0
"""A browser's first start is slow where two processors are busy."""
PUSHED = 7


@pytest.fixture
def serving(serving: ServingSettings) -> ServingSettings:
    """Return settings by which nothing is open to who shows no key."""
    return serving.model_copy(update={"trusted_proxies": ("192.0.2.1",)})


class Site(ShopSite):
    config: dict[str, str] = {}  # noqa: RUF012 (as the class that it is)
    found: "Queue[dict[str, Any]]" = Queue()


@pytest.fixture
def shop_port() -> Iterator[int]:
    chromium()
    Site.found = Queue()
    with running(Site) as port:
        yield port


@pytest.fixture
def address(services: ApiServices, kept_stores: KeptStores, shop_port: int) -> Iterator[str]:
    """Serve the API with a key that is bound to the shop's page; gives its address."""
    origin = f"http://shop.localhost:{shop_port}"
    editor = KeyEditor(kept_stores.plans, kept_stores.audit)
    wanted = NewKey(kind=KeyKind.PUBLISHABLE, name="page", origins=(origin,))
    made = editor.create(wanted, Operator("ann"))
    with serve(services) as address, running(ProbeSite) as probe:
        Site.config = {"api": address, "key": made.text, "probe": f"http://127.0.0.1:{probe}"}
        asked = {"origin": origin, "access-control-request-method": "GET"}
        eventually(lambda: httpx.options(f"{address}/v1/products", headers=asked).is_success)
        yield address


def push(services: ApiServices, session_id: SessionId) -> None:
    decision_id = DecisionId("pushed")
    profile = a_profile(session_id=session_id, version=PUSHED, decision_id=decision_id)
    stored = StoredProfile(PUSHED, PROFILE.encode(profile))
    services.profiles.write_many({session_id: stored})
    services.notifier.publish([ProfileChanged(session_id, PUSHED)])


def events_in(log: EventLog) -> list[Event]:
    partitions = range(log.partition_count(USER_INTERACTIONS))
    consumer = log.consumer("test", [USER_INTERACTIONS], partitions)
    try:
        return [EVENT.decode(record.value) for record in consumer.poll(100, 1.0)]
    finally:
        consumer.close()


def test_a_page_of_another_site_needs_no_cookie(
    address: str, services: ApiServices, shop_port: int, log: EventLog, tmp_path: Path
) -> None:
    with browse(f"http://shop.localhost:{shop_port}/", tmp_path / "browser"):
        session = Site.found.get(timeout=PATIENCE_SECONDS)
        assert "streaming" in session, session
        push(services, SessionId(session["streaming"]))
        found = Site.found.get(timeout=PATIENCE_SECONDS)["done"]

    visit = found.pop("visit")
    etag, limits, versions = (found.pop(name) for name in ("etag", "limits", "versions"))
    assert found == {
        "thirdPartyCookies": "none",
        "tracked": [202, 202],
        "profile": 200,
        "session": True,
        "unchanged": 304,
        "withoutKey": 401,
        "beacon": True,
        "cookies": "",
        "afterReload": 200,
        "loggedOut": 204,
        "afterLogout": 401,
    }
    assert etag.strip('W/"')
    assert limits
    assert versions[-1] == PUSHED
    kept = {event.event_id for event in events_in(log) if event.session_id == visit}
    assert kept == {"first", "second", "beacon"}
    assert httpx.get(f"{address}/v1/products").status_code == 401


def test_a_page_that_the_key_is_not_bound_to_gets_nothing(
    address: str, shop_port: int, log: EventLog, tmp_path: Path
) -> None:
    with browse(f"http://evil.localhost:{shop_port}/", tmp_path / "browser"):
        found = Site.found.get(timeout=PATIENCE_SECONDS)["done"]

    assert found["error"].startswith("TypeError")
    assert "tracked" not in found
    assert events_in(log) == []
    told = {KEY_HEADER: Site.config["key"], "origin": f"http://evil.localhost:{shop_port}"}
    assert httpx.get(f"{address}/v1/products", headers=told).status_code == 403


def test_the_browser_would_send_cookies_of_third_parties_if_it_did_not_block_them(
    address: str, shop_port: int, tmp_path: Path
) -> None:
    assert address
    url = f"http://evil.localhost:{shop_port}/"
    with browse(url, tmp_path / "browser", blocks_cookies=False):
        found = Site.found.get(timeout=PATIENCE_SECONDS)["done"]

    assert found["thirdPartyCookies"] == "probe=1"
