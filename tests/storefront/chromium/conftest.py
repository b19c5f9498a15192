"""A running shop and a real Chromium that Playwright drives, by the one Node of the environment."""

from collections.abc import Iterator
from typing import Final

import pytest
from playwright.sync_api import Browser

from tests.e2e.shop_process import ShopProcess
from tests.storefront.chromium.playwright_browser import open_browser
from tests.storefront.chromium.shopper import Shopper, open_shopper
from tests.storefront.chromium.stocked_home import stock

SAMPLE_SHOPPERS: Final = '["Ada", "Ben"]'


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Run a browser for one module: while it runs, its thread has a loop and takes no other."""
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="package")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ShopProcess]:
    """Run a shop of 120 garments, with sample shoppers."""
    home = tmp_path_factory.mktemp("shop")
    stock(home)
    with ShopProcess(home, FITTING_ROOM_API_SAMPLE_SHOPPERS=SAMPLE_SHOPPERS) as running:
        yield running


@pytest.fixture
def shopper(browser: Browser, shop: ShopProcess) -> Iterator[Shopper]:
    """Return somebody from Poland at a desk, in a browser that has never been here."""
    with open_shopper(browser, str(shop.client.base_url)) as opened:
        yield opened
