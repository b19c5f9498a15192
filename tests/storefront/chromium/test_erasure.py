"""What a visit may be used for is chosen on the page, and erased there, with a receipt."""

from typing import Any

import httpx
import pytest

from personalization.domain.event import EventType
from tests.e2e.shop_process import ShopProcess
from tests.storefront.chromium.kept_events import PATIENCE_SECONDS, events_of, wait_for_event
from tests.storefront.chromium.shopper import Shopper
from tests.waiting import eventually

PURPOSES = ("measure", "personalize", "learn", "share")


def receipt_of(shopper: Shopper) -> dict[str, Any]:
    """Erase the visit by the page; return the receipt as the API has it."""
    shopper.go("/privacy")
    shopper.settle()
    shopper.page.get_by_role("button", name="Erase").last.click()
    dialog = shopper.page.get_by_role("dialog")
    dialog.wait_for()
    dialog.get_by_role("button", name="Erase").click()
    shown = shopper.page.locator("[data-receipt]:is([data-state=live_done], [data-state=done])")
    shown.first.wait_for()
    request_id = shown.first.get_attribute("data-receipt")
    signature = shown.first.locator("[data-signature]").inner_text()
    answer = httpx.get(f"{shopper.address}/v1/erasures/{request_id}").raise_for_status().json()
    # What the page shows is signed as it is shown.
    assert answer["signature"] == signature or answer["receipt"]["state"] == "done"
    receipt: dict[str, Any] = answer["receipt"]
    return receipt


def _consent_of(shopper: Shopper) -> set[str]:
    """Return what the service keeps of the choice."""
    token = shopper.page.evaluate(
        "async (path) => (await (await fetch(path)).json()).consent",
        f"/v1/sessions/{shopper.session_id}/consent",
    )
    return set(token)


@pytest.fixture
def visitor(shopper: Shopper, shop: ShopProcess) -> Shopper:
    """Return somebody who has looked at knitwear."""
    for product in ("KN080", "KN081"):
        shopper.go(f"/product/{product}")
        shopper.settle()
        wait_for_event(
            shop.home,
            shopper.session_id,
            EventType.PRODUCT_VIEW,
            lambda event, product=product: event.product_ids == (product,),  # type: ignore[misc]
        )
    return shopper


def test_a_withdrawal_acts_on_the_page_that_is_open_elsewhere(visitor: Shopper) -> None:
    home = visitor.context.new_page()
    home.goto(f"{visitor.address}/", wait_until="domcontentloaded")
    row = home.locator("[data-row=personal] h2")
    home.get_by_role("heading", name="based on your recent interactions").wait_for()

    visitor.go("/privacy")
    visitor.settle()
    visitor.page.locator("[data-purpose=personalize] button").click()
    home.get_by_role("heading", name="What shoppers choose now").wait_for()
    assert row.count() == 1
    eventually(lambda: "personalize" not in _consent_of(visitor), PATIENCE_SECONDS)


@pytest.mark.parametrize("purpose", PURPOSES)
def test_each_switch_is_kept_and_can_be_taken_back(visitor: Shopper, purpose: str) -> None:
    visitor.go("/privacy")
    visitor.settle()
    switch = visitor.page.locator(f"[data-purpose={purpose}] button")
    was = switch.get_attribute("aria-checked") == "true"
    assert was == (purpose in _consent_of(visitor))
    for is_on in (not was, was):
        switch.click()
        eventually(
            lambda is_on=is_on: (purpose in _consent_of(visitor)) == is_on,  # type: ignore[misc]
            PATIENCE_SECONDS,
        )


def test_a_pause_of_everything_keeps_what_follows_out_of_the_history(
    visitor: Shopper, shop: ShopProcess
) -> None:
    visitor.go("/privacy")
    visitor.settle()
    visitor.page.locator("[data-purpose=pause] button").click()
    eventually(lambda: _consent_of(visitor) == set(), PATIENCE_SECONDS)
    visitor.go("/product/KN082")
    visitor.settle()
    visitor.page.get_by_role("button", name="I like it").click()
    visitor.page.get_by_role("button", name="Add to bag").click()
    visitor.go("/")
    visitor.settle()
    # Nothing is even sent of it, nor by the beacon of the page that was left.
    assert not [event for event in visitor.sent_events() if event.get("product_id") == "KN082"]
    kept = events_of(shop.home, visitor.session_id)
    assert "KN082" not in [name for event in kept for name in event.product_ids]


def test_what_is_kept_can_be_seen_and_taken_home(visitor: Shopper) -> None:
    visitor.go("/privacy")
    visitor.settle()
    with visitor.page.expect_download() as downloading:
        visitor.page.get_by_role("button", name="Download").click()
    assert downloading.value.suggested_filename.endswith(".zip")
    path = downloading.value.path()
    assert b"KN080" in path.read_bytes() or path.stat().st_size > 1_000


def test_an_erased_visit_is_in_no_store_and_the_page_begins_a_fresh_one(
    visitor: Shopper, shop: ShopProcess
) -> None:
    erased = visitor.session_id
    assert events_of(shop.home, erased)
    receipt = receipt_of(visitor)

    assert receipt["sessions"] == 1
    assert sum(store["removed"] for store in receipt["stores"]) > 0
    assert events_of(shop.home, erased) == []
    visitor.go("/")
    visitor.settle()
    assert visitor.session_id != erased
    assert visitor.row("recently_viewed").count() == 0
    assert "KN080" not in visitor.page.evaluate("JSON.stringify({...localStorage})")
    assert visitor.faults == []
