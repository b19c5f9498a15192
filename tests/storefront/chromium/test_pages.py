"""Every page at both sizes and in both themes: nothing for axe, no shift, no other host."""

import logging
from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser

from tests.e2e.shop_process import ShopProcess
from tests.storefront.chromium.findings import WATCH_SHIFTS, axe_findings, layout_shifts
from tests.storefront.chromium.shopper import DESK, PHONE, Shopper, open_shopper

_LOG = logging.getLogger(__name__)
PATHS: Final = (
    "/", "/category/dresses", "/product/DR003", "/search?words=linen",
    "/search?words=nothing-has-it", "/cart", "/checkout", "/account", "/privacy",
    "/no-such-page", "/product/no-such-product",
    "/category/no-such-category",
)  # fmt: skip
MOST_KIB: Final = 224
"""Of all that a first visit loads, as it is sent; pages take some 207."""
MOST_REQUESTS: Final = 48


@pytest.fixture(params=[("light", DESK), ("dark", PHONE)], ids=["desk in light", "phone in dark"])
def visitor(
    request: pytest.FixtureRequest, browser: Browser, shop: ShopProcess
) -> Iterator[Shopper]:
    scheme, size = request.param
    address = str(shop.client.base_url)
    with open_shopper(browser, address, size=size, color_scheme=scheme) as opened:
        opened.page.add_init_script(WATCH_SHIFTS)
        yield opened


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_without_findings_and_without_shifts(visitor: Shopper, path: str) -> None:
    visitor.go(path)
    visitor.settle()

    found = axe_findings(visitor.page)
    visitor.scroll_through()
    assert [*found, *layout_shifts(visitor.page)] == []
    assert visitor.page.title() not in {"", "Fitting Room"} or path == "/"
    assert visitor.asked_elsewhere() == []
    assert visitor.faults == []
    width = visitor.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert width <= 0, "the page can be scrolled sideways"


@pytest.mark.parametrize("path", ["/", "/category/dresses", "/product/DR003"])
def test_a_first_visit_loads_little(shopper: Shopper, path: str) -> None:
    shopper.go(path)
    shopper.settle()
    shopper.scroll_through()

    kib, count = shopper.loaded_kib(), len(shopper.requests)
    _LOG.info("%s: %.0f KiB in %d requests", path, kib, count)
    assert kib < MOST_KIB
    assert count < MOST_REQUESTS
