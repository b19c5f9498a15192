"""How the API orders consents that acts bring along late: by a page's own client."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from personalization.domain.consent import ConsentPurpose
from personalization.domain.event import EventType
from personalization.domain.identifiers import SessionId
from personalization.wiring import CoreSettings, open_kept
from tests.clients.js.chromium.site import OnePageSite
from tests.clients.js.chromium.small_shop import stock_with_key
from tests.clients.js.node_runs import build_bundles
from tests.driven_page import PATIENCE_SECONDS, DrivenPage, driven_page
from tests.e2e.shop_process import ShopProcess
from tests.integration.api.another_site.chromium import chromium
from tests.integration.api.another_site.site import running
from tests.waiting import eventually

MEASURE: Final = ConsentPurpose.MEASURE
PERSONALIZE: Final = ConsentPurpose.PERSONALIZE
LEARN: Final = ConsentPurpose.LEARN

_ACTS: Final = """import('{api}/client/element.js').then(async ({{ fittingRoom }}) => {{
  const options = {{ apiUrl: '{api}', key: '{key}', flushEvents: 100, flushSeconds: 3600 }};
  const shop = fittingRoom(options);
  const view = (product_id) => shop.track('product_view', {{ product_id }});
  {acts}
  await shop.flush();
  return [shop.sessionId, shop.queued, (await shop.readConsent()).consent];
}})"""


class BlankSite(OnePageSite):
    page = "<!doctype html><title>A shop</title>"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ShopProcess, str, str]]:
    chromium()
    build_bundles()
    home = tmp_path_factory.mktemp("shop")
    with running(BlankSite) as port:
        origin = f"http://shop.localhost:{port}"
        key = stock_with_key(home, origin)
        with ShopProcess(home) as process:
            yield process, origin, key


@pytest.fixture
def page(shop: tuple[ShopProcess, str, str], tmp_path: Path) -> Iterator[DrivenPage]:
    with driven_page(tmp_path / "browser") as opened:
        opened.go(f"{shop[1]}/")
        opened.wait_for("document.title === 'A shop'")
        yield opened


@pytest.mark.parametrize(
    ("acts", "kept", "in_force"),
    [
        pytest.param(
            "await shop.setConsent(['measure', 'personalize']); view('shirt-1');"
            "await shop.setConsent(['measure', 'personalize', 'learn']); view('shirt-2');",
            {"shirt-1": (MEASURE, PERSONALIZE), "shirt-2": (MEASURE, PERSONALIZE, LEARN)},
            ["measure", "personalize", "learn"],
            id="agreed to later",
        ),
        pytest.param(
            "await shop.setConsent(['measure', 'personalize']); view('shirt-1');"
            "await shop.setConsent(['measure', 'personalize', 'learn']);",
            {"shirt-1": (MEASURE, PERSONALIZE)},
            ["measure", "personalize", "learn"],
            id="agreed to later, with nothing done since",
        ),
        pytest.param(
            "view('shirt-1'); await shop.setConsent(['measure', 'personalize']); view('shirt-2');",
            {"shirt-1": (MEASURE, PERSONALIZE), "shirt-2": (MEASURE, PERSONALIZE)},
            ["measure", "personalize"],
            id="withdrawn",
        ),
        pytest.param(
            "view('shirt-1'); await shop.setConsent(['measure', 'share']);",
            {"shirt-1": (MEASURE,)},
            ["measure", "share"],
            id="more than was usual",
        ),
    ],
)
def test_an_act_that_waited_has_what_was_agreed_to_then_and_the_choice_holds(
    shop: tuple[ShopProcess, str, str],
    page: DrivenPage,
    acts: str,
    kept: dict[str, Any],
    in_force: list[str],
) -> None:
    process, _, key = shop
    api = str(process.client.base_url).rstrip("/")
    session, queued, found = page.read(_ACTS.format(api=api, key=key, acts=acts))
    assert queued == 0
    assert found == in_force
    eventually(lambda: _consents_of(process, session) == kept, PATIENCE_SECONDS)


def _consents_of(process: ShopProcess, session: str) -> dict[str, Any]:
    """Return what the history may use each view for, by its product."""
    name = SessionId(session)
    with open_kept(CoreSettings.of_home(process.home)) as kept:
        events = list(kept.history.read_many([name]).get(name, ()))
    return {
        str(event.product_ids[0]): event.consent
        for event in events
        if event.type is EventType.PRODUCT_VIEW
    }
