"""Logging in, what comes along, and logging out: by the page, and as the stores have it."""

import subprocess
import sys
from pathlib import Path

import pytest

from personalization.domain.event import EventType
from tests.e2e.shop_process import ShopProcess
from tests.storefront.chromium.kept_events import events_of, wait_for_event
from tests.storefront.chromium.shopper import Shopper
from tests.storefront.chromium.test_erasure import receipt_of

SAMPLE_VISITS = Path(__file__).parents[3] / "scripts" / "sample_visits"


@pytest.fixture(scope="module")
def purchase(shop: ShopProcess) -> str:
    """Give the sample shoppers a past, as the demo does; return what Ada has bought."""
    command = [sys.executable, str(SAMPLE_VISITS), str(shop.client.base_url).rstrip("/")]
    subprocess.run(command, check=True)
    leaders = shop.client.get("/v1/categories/dresses/products", params={"limit": 1}).json()
    return str(leaders["products"][0]["product"]["product_id"])


def log_in(shopper: Shopper, name: str) -> None:
    shopper.go("/account")
    shopper.settle()
    shopper.page.get_by_role("button", name=f"Log in as {name}").click()
    shopper.page.locator(f"[data-user='{name}']").wait_for()


def order(shopper: Shopper) -> None:
    shopper.go("/checkout")
    shopper.settle()
    for field, text in {
        "name": "A. Sample", "email": "a@shop.example", "street": "High Street 1",
        "postcode": "12345", "city": "Town", "country": "Poland",
    }.items():  # fmt: skip
        shopper.page.locator(f"[data-field={field}] input, input[data-field={field}]").fill(text)
    # Whoever presses twice orders once.
    shopper.page.get_by_role("button", name="Place the order").dblclick()
    shopper.page.locator("[data-order]").wait_for()


def test_a_login_brings_what_was_bought_before_and_a_logout_leaves_it_behind(
    shopper: Shopper, shop: ShopProcess, purchase: str
) -> None:
    shopper.go("/product/SH060")
    shopper.settle()
    before = shopper.session_id
    wait_for_event(shop.home, before, EventType.PRODUCT_VIEW)
    log_in(shopper, "Ada")
    assert shopper.session_id == before, "somebody who logs in keeps the visit"
    shopper.go("/")
    again = shopper.scroll_to("buy_again")
    again.locator(f"article[data-product='{purchase}']").wait_for()
    shopper.scroll_to("recently_viewed")
    assert "SH060" in shopper.products_in("recently_viewed")
    assert wait_for_event(shop.home, before, EventType.LOGIN).user_id is not None

    shopper.go("/account")
    shopper.page.get_by_role("button", name="Log out").click()
    shopper.page.locator("[data-user]").wait_for(state="detached")
    shopper.go("/")
    shopper.settle()
    fresh = shopper.session_id
    assert fresh != before
    assert shopper.row("buy_again").count() == shopper.row("recently_viewed").count() == 0
    assert all(event.user_id is None for event in events_of(shop.home, fresh))
    assert shopper.faults == []


def test_somebody_else_on_the_same_device_gets_a_visit_of_their_own(
    shopper: Shopper, shop: ShopProcess
) -> None:
    log_in(shopper, "Ada")
    first = shopper.session_id
    shopper.page.get_by_role("button", name="Log in as Ben").click()
    ends = shopper.page.get_by_role("button", name="log in as Ben", exact=False)
    shopper.page.locator("main [role=alert] button, [data-user=Ben]").first.wait_for()
    if shopper.page.locator("[data-user=Ben]").count() == 0:
        ends.first.click()
    shopper.page.locator("[data-user=Ben]").wait_for()
    assert shopper.session_id != first
    ada, ben = (
        wait_for_event(shop.home, session, EventType.LOGIN).user_id
        for session in (first, shopper.session_id)
    )
    assert ada != ben


def test_an_order_is_one_event_with_what_the_bag_had(shopper: Shopper, shop: ShopProcess) -> None:
    shopper.go("/product/SW110")
    shopper.settle()
    shopper.page.get_by_role("button", name="Add to bag").click()
    shopper.go("/product/SW111")
    shopper.settle()
    shopper.page.get_by_role("button", name="Add to bag").click()
    shopper.go("/cart")
    shopper.settle()
    items = shopper.page.get_by_role("list", name="Items in your bag")
    items.get_by_role("button", name="more").first.click()
    items.get_by_role("button", name="Remove").last.click()
    session = shopper.session_id
    removed = wait_for_event(shop.home, session, EventType.REMOVE_FROM_CART)
    order(shopper)

    kept = wait_for_event(shop.home, session, EventType.CHECKOUT)
    assert set(kept.product_ids) | set(removed.product_ids) == {"SW110", "SW111"}
    assert kept.quantities == (2,)
    assert kept.order_id is not None
    orders = [event for event in events_of(shop.home, session) if event.type is EventType.CHECKOUT]
    assert len(orders) == 1
    assert shopper.page.locator("[data-order]").first.is_visible()


def test_a_person_is_erased_with_all_their_visits(shopper: Shopper, purchase: str) -> None:
    log_in(shopper, "Ada")
    receipt = receipt_of(shopper)
    assert receipt["sessions"] >= 2
    assert receipt["state"] in {"live_done", "done"}
    log_in(shopper, "Ada")
    shopper.go("/")
    shopper.settle()
    assert purchase not in shopper.products_in("buy_again")


def test_a_bundle_that_is_taken_is_ordered_as_the_one_that_was_suggested(
    shopper: Shopper, shop: ShopProcess
) -> None:
    shopper.go("/")
    shopper.settle()
    offer = shopper.scroll_to("bundles").get_by_role("article").first
    offer.get_by_role("button", name="Add them all").click()
    session = shopper.session_id
    taken = wait_for_event(shop.home, session, EventType.ADD_TO_CART)
    order(shopper)

    kept = wait_for_event(shop.home, session, EventType.CHECKOUT)
    assert kept.bundle_id is not None
    assert kept.decision_id is not None
    assert set(taken.product_ids) < set(kept.product_ids)
    assert len(kept.product_ids) == 2
