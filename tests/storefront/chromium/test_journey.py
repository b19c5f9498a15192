"""A shopper's whole visit: rows follow each click, and the stores have what was done."""

import logging
from decimal import Decimal

from personalization.domain.event import EventType
from personalization.domain.identifiers import DecisionId
from personalization.wiring import CoreSettings, open_kept
from tests.e2e.shop_process import ShopProcess
from tests.storefront.chromium.kept_events import events_of, wait_for_event
from tests.storefront.chromium.shopper import Shopper

_LOG = logging.getLogger(__name__)
_BEGINNING, _FOLLOWING = (
    "A good place to start",
    "Items you may love based on your recent interactions",
)
_WATCH_ROW = """
  (title) => {
    const look = () => {
      const row = document.querySelector("[data-row=personal] h2");
      if (row?.textContent === title) window.followedAt = Date.now();
      else requestAnimationFrame(look);
    };
    look();
  }
"""
_FEW = 3
_MINUS = "\N{MINUS SIGN}"


def test_an_open_page_follows_what_is_done_in_another_tab(
    shopper: Shopper, shop: ShopProcess
) -> None:
    shopper.go("/")
    shopper.settle()
    assert shopper.row("personal").locator("h2").inner_text() == _BEGINNING
    before = shopper.products_in("personal")
    shopper.page.evaluate(_WATCH_ROW, _FOLLOWING)

    other = shopper.context.new_page()
    other.goto(f"{shopper.address}/product/KN080", wait_until="domcontentloaded")
    other.get_by_role("button", name="Add to bag").click()
    clicked_at = other.evaluate("Date.now()")

    shopper.wait_for("window.followedAt")
    took = shopper.page.evaluate("window.followedAt") - clicked_at
    _LOG.info("the row of the other tab changed %d ms after the click", took)
    after = shopper.products_in("personal")
    assert after != before
    # What was done is knitwear, and so is most of what is shown for it.
    assert sum(name.startswith("KN") for name in after) >= _FEW
    session = shopper.session_id
    viewed = wait_for_event(shop.home, session, EventType.PRODUCT_VIEW)
    taken = wait_for_event(shop.home, session, EventType.ADD_TO_CART)
    assert (viewed.product_ids, taken.product_ids) == (("KN080",), ("KN080",))
    assert shopper.faults == []


def test_a_click_carries_the_decision_that_placed_the_card(
    shopper: Shopper, shop: ShopProcess
) -> None:
    shopper.go("/")
    shopper.settle()
    shopper.scroll_to("personal")
    first = shopper.products_in("personal")[0]

    shopper.row("personal").locator(f"article[data-product='{first}'] a").click()
    shopper.page.wait_for_url(f"**/product/{first}")

    viewed = wait_for_event(shop.home, shopper.session_id, EventType.PRODUCT_VIEW)
    assert viewed.product_ids == (first,)
    assert viewed.decision_id is not None
    with open_kept(CoreSettings.of_home(shop.home)) as kept:
        name = DecisionId(viewed.decision_id)
        slate = kept.decisions.read_many([name])[name].decision.slate
    assert [slot.product_id for slot in slate if (slot.position,) == viewed.slots] == [first]


def test_what_is_on_screen_is_reported_with_its_decision_and_nothing_else(
    shopper: Shopper, shop: ShopProcess
) -> None:
    shopper.go("/")
    shopper.settle()
    shopper.scroll_to("trending")
    shown = set(shopper.products_in("trending"))

    def is_of_row(products: tuple[str, ...]) -> bool:
        return bool(shown.intersection(products))

    seen = wait_for_event(
        shop.home,
        shopper.session_id,
        EventType.IMPRESSION,
        lambda event: is_of_row(event.product_ids),
    )
    assert set(seen.product_ids) <= shown
    assert seen.decision_id is not None


def test_each_thumb_is_kept_and_the_other_one_takes_its_place(
    shopper: Shopper, shop: ShopProcess
) -> None:
    shopper.go("/product/SH061")
    shopper.settle()
    for label, thumb in (("I like it", 1), ("Not for me", -1)):
        button = shopper.page.get_by_role("button", name=label)
        button.click()
        kept = wait_for_event(
            shop.home,
            shopper.session_id,
            EventType.FEEDBACK,
            lambda event, thumb=thumb: event.thumb == thumb,  # type: ignore[misc]
        )
        assert kept.product_ids == ("SH061",)
        assert button.get_attribute("aria-pressed") == "true"


def test_the_answer_to_why_adds_up_as_it_is_printed(shopper: Shopper, shop: ShopProcess) -> None:
    shopper.go("/product/TR030")
    shopper.settle()
    wait_for_event(shop.home, shopper.session_id, EventType.PRODUCT_VIEW)
    shopper.page.get_by_role("button", name="Why").first.click()
    dialog = shopper.page.get_by_role("dialog")
    dialog.get_by_text("Together", exact=True).wait_for()

    parts = [_number(text) for text in dialog.locator("li b").all_inner_texts()]
    total = _number(
        dialog.locator("p", has=shopper.page.get_by_text("Together", exact=True))
        .locator("b")
        .inner_text()
    )
    assert parts
    assert sum(parts) == total
    shopper.page.keyboard.press("Escape")
    dialog.wait_for(state="detached")


def test_a_bundle_says_why_by_lines_that_add_up_to_its_price(shopper: Shopper) -> None:
    shopper.go("/")
    shopper.settle()
    shopper.scroll_to("bundles").get_by_role("button", name="Why").first.click()
    dialog = shopper.page.get_by_role("dialog")
    dialog.get_by_text("Together", exact=True).wait_for()
    lines = [_amount(text) for text in dialog.locator("li b").all_inner_texts()]
    total = _amount(
        dialog.locator("p", has=shopper.page.get_by_text("Together", exact=True))
        .locator("b")
        .inner_text()
    )
    assert len(lines) > 1
    assert sum(lines) == total


def test_a_page_that_is_only_read_sends_nothing_of_other_visits(
    shopper: Shopper, shop: ShopProcess
) -> None:
    shopper.go("/")
    shopper.settle()
    assert events_of(shop.home, shopper.session_id) == []
    assert {event["session_id"] for event in shopper.sent_events()} <= {shopper.session_id}


def _number(text: str) -> Decimal:
    return Decimal(text.strip().replace(_MINUS, "-").replace("+", "").replace(",", "."))


def _amount(text: str) -> Decimal:
    """Return a price in US dollars as a Pole reads it."""
    return _number(text.replace("USD", "").replace("\N{NO-BREAK SPACE}", ""))
