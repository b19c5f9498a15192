"""Trouble has words: the shop away, the stream cut, storage blocked, odd goods, a wrong key."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Browser

from personalization.domain.event import EventType
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.prior import GLOBAL_SCOPE, PriorTable
from personalization.domain.product import Category
from personalization.wiring import CoreSettings, open_kept
from tests.builders.generation import a_generation
from tests.builders.product import a_product
from tests.builders.ranked_list import a_ranked_list
from tests.e2e.shop_process import ShopProcess
from tests.storefront.chromium.findings import WATCH_SHIFTS, layout_shifts
from tests.storefront.chromium.kept_events import wait_for_event
from tests.storefront.chromium.shopper import PHONE, Shopper, open_shopper
from tests.storefront.chromium.stocked_home import stock

_AWAY: Final = "The shop cannot be reached"
_MARKUP: Final = '<img src=x onerror="document.title=1"><script>document.title=2</script> & "shirt"'
_LONG: Final = "long " * 100
_RIGHT_TO_LEFT: Final = "قميص كتان أزرق"
_DIALOG_IS_HERE: Final = """
  performance.getEntriesByType("resource").filter(({ name }) => name.includes("/chunks/")).length
    > document.querySelectorAll("script[src*='/chunks/']").length
"""
_BLOCK_STORAGE: Final = """
  const refuse = { get() { throw new DOMException("blocked", "SecurityError"); } };
  Object.defineProperty(window, "localStorage", refuse);
  Object.defineProperty(window, "sessionStorage", refuse);
"""
_SLOW: Final = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 50_000,
    "uploadThroughput": 20_000,
}


def _shop_of(home: Path, titles: dict[str, str]) -> None:
    """Write a shop of some shirts, all of them popular."""
    generation = a_generation()
    with open_kept(CoreSettings.of_home(home)) as kept:
        if titles:
            shirts = Category(category_id=CategoryId("shirts"), name="Shirts")
            kept.catalogue.write_categories([shirts])
            odd: dict[str, Any] = {
                "image_url": "/no-such-picture.jpg",
                "rating": None,
                "price": None,
            }
            kept.catalogue.write_products(
                [
                    a_product(product_id=ProductId(name), title=title, **odd)
                    for name, title in titles.items()
                ]
            )
        lists = [
            ((PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE), a_ranked_list(*titles)),
            ((PriorTable.CATEGORY_LEADERS, "shirts"), a_ranked_list(*titles)),
        ]
        kept.priors.write_many(generation.generation_id, lists if titles else [])
        kept.priors.register(generation)
        kept.priors.promote(generation.generation_id)


@pytest.fixture(scope="module")
def odd_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopProcess]:
    home = tmp_path_factory.mktemp("odd")
    plain = {f"plain-{number}": f"Plain shirt {number}" for number in range(6)}
    _shop_of(home, {"markup": _MARKUP, "long": _LONG, "rtl": _RIGHT_TO_LEFT, **plain})
    with ShopProcess(home) as running:
        yield running


@pytest.fixture(params=[0, 1], ids=["no product", "one product"])
def small_shop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ShopProcess]:
    _shop_of(tmp_path, {"only": "The only shirt"} if request.param else {})
    with ShopProcess(tmp_path) as running:
        yield running


@pytest.fixture
def own_shop(tmp_path: Path) -> Iterator[ShopProcess]:
    """Return a shop that a test may stop."""
    stock(tmp_path)
    with ShopProcess(tmp_path) as running:
        yield running


def test_a_shop_that_goes_away_is_missed_in_words_and_followed_again_once_it_is_back(
    browser: Browser, own_shop: ShopProcess
) -> None:
    address = str(own_shop.client.base_url).rstrip("/")
    with open_shopper(browser, address) as shopper:
        shopper.go("/")
        shopper.settle()
        shown = shopper.products_in("personal")
        shopper.wait_for(_DIALOG_IS_HERE)
        own_shop.stop()
        shopper.page.wait_for_selector("[data-state=offline]", state="attached")
        # What was there stays there, and what is done meanwhile waits in the browser.
        assert shopper.products_in("personal") == shown
        shopper.page.get_by_role("button", name="Why").first.click()
        shopper.page.get_by_role("dialog").get_by_text(_AWAY).wait_for()
        shopper.page.keyboard.press("Escape")
        shopper.row("personal").locator(f"article[data-product='{shown[0]}'] a").click()
        shopper.page.get_by_text(_AWAY).first.wait_for()

        own_shop.start(port=int(address.rpartition(":")[2]))

        shopper.page.wait_for_selector("[data-state=live]", state="attached")
        shopper.page.reload(wait_until="domcontentloaded")
        shopper.settle()
        shopper.page.get_by_role("button", name="Add to bag").click()
        kept = wait_for_event(own_shop.home, shopper.session_id, EventType.ADD_TO_CART)
        assert kept.product_ids == (shown[0],)
        assert shopper.faults == []


def test_with_storage_blocked_the_page_follows_the_visit_as_long_as_it_lives(
    shopper: Shopper, shop: ShopProcess
) -> None:
    shopper.page.add_init_script(_BLOCK_STORAGE)
    shopper.go("/product/SK047")
    shopper.settle()
    shopper.page.get_by_role("button", name="Add to bag").click()
    wait_for_event(shop.home, shopper.session_id, EventType.ADD_TO_CART)
    shopper.page.get_by_role("link", name="Bag", exact=False).first.click()
    shopper.page.wait_for_url("**/cart")
    shopper.page.get_by_role("main").get_by_text("in ").first.wait_for()
    assert shopper.faults == []


def test_a_slow_network_shows_room_for_what_comes_and_nothing_jumps(shopper: Shopper) -> None:
    shopper.page.add_init_script(WATCH_SHIFTS)
    session = shopper.context.new_cdp_session(shopper.page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", _SLOW)
    shopper.go("/")
    shopper.page.locator("main [aria-busy=true]").first.wait_for()
    shopper.settle()
    assert layout_shifts(shopper.page) == []


def test_hostile_titles_are_text_and_keep_to_their_room(
    browser: Browser, odd_shop: ShopProcess
) -> None:
    with open_shopper(browser, str(odd_shop.client.base_url), size=PHONE) as shopper:
        for path in ("/", "/category/shirts", "/product/markup", "/product/long", "/product/rtl"):
            shopper.go(path)
            shopper.settle()
            sideways = "document.documentElement.scrollWidth > innerWidth"
            assert not shopper.page.evaluate(sideways), path
            assert shopper.page.title() not in {"1", "2"}
        assert shopper.page.get_by_role("heading", level=1).inner_text() == _RIGHT_TO_LEFT
        assert shopper.faults == []
        shopper.go("/category/shirts")
        shopper.settle()
        heights = shopper.page.locator("article[data-product]").evaluate_all(
            "cards => cards.map((card) => card.getBoundingClientRect().height)"
        )
        assert max(heights) < 2 * min(heights)


def test_a_shop_of_one_product_or_of_none_is_a_shop_still(
    browser: Browser, small_shop: ShopProcess
) -> None:
    with open_shopper(browser, str(small_shop.client.base_url)) as shopper:
        for path in ("/", "/search?words=shirt", "/category/shirts", "/product/only", "/cart"):
            shopper.go(path)
            shopper.settle()
            assert shopper.page.get_by_role("heading", level=1).count() == 1, path
            assert "undefined" not in shopper.page.locator("main").inner_text()
        assert shopper.faults == []


def test_a_wrong_key_is_told_to_whoever_runs_the_shop(browser: Browser, tmp_path: Path) -> None:
    stock(tmp_path)
    wrong = f"pk_{'a' * 12}_{'b' * 43}"
    with (
        ShopProcess(tmp_path, FITTING_ROOM_API_PAGE_KEY=wrong) as running,
        open_shopper(browser, str(running.client.base_url)) as shopper,
    ):
        shopper.go("/")
        shopper.page.get_by_text("The shop's key is missing or wrong").first.wait_for()
        assert shopper.faults == []


def test_a_visit_that_was_ended_elsewhere_begins_anew(shopper: Shopper, shop: ShopProcess) -> None:
    shopper.go("/product/SH062")
    shopper.settle()
    wait_for_event(shop.home, shopper.session_id, EventType.PRODUCT_VIEW)
    ended = shopper.session_id
    path = f"/v1/sessions/{ended}"
    status = shopper.page.evaluate(
        "async (path) => (await fetch(path, { method: 'DELETE' })).status", path
    )
    assert status == 204
    shopper.page.get_by_role("button", name="Add to bag").click()
    shopper.go("/product/SH063")
    shopper.settle()

    fresh = shopper.session_id
    assert fresh != ended
    kept = wait_for_event(shop.home, fresh, EventType.PRODUCT_VIEW)
    assert kept.product_ids == ("SH063",)
    wait_for_event(shop.home, fresh, EventType.ADD_TO_CART)
