"""Makes the pictures of the docs: of a shop whose garments are drawn, as its pages are now.

python -m tests.storefront.chromium.pictures
"""

import sys
import tempfile
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from tests.e2e.shop_process import ShopProcess
from tests.storefront.chromium.playwright_browser import open_browser
from tests.storefront.chromium.shopper import DESK, PHONE, Shopper, open_shopper
from tests.storefront.chromium.stocked_home import stock

IMAGES: Final = Path(__file__).parents[3] / "docs" / "images"
_LOOKED_AT: Final = ("KN080", "KN083", "KN079")


def _look_around(shopper: Shopper) -> None:
    """Look at some knitwear, so that the home page has something to follow."""
    for product in _LOOKED_AT:
        shopper.go(f"/product/{product}")
        shopper.settle()
    shopper.page.get_by_role("button", name="Add to bag").click()
    shopper.page.get_by_text("It is in your bag").wait_for()


def _take(shopper: Shopper, name: str) -> None:
    shopper.settle()
    # Nothing moves any more.
    shopper.wait_for("document.getAnimations().length === 0")
    path = IMAGES / f"{name}.png"
    shopper.page.screenshot(path=path)
    sys.stdout.write(f"{path.name}: {path.stat().st_size // 1024} KiB\n")


def _pictures(browser: Browser, address: str) -> None:
    with open_shopper(browser, address, size=DESK) as shopper:
        _look_around(shopper)
        shopper.go("/")
        shopper.settle()
        shopper.row("personal").evaluate("row => scrollTo(0, row.offsetTop - 120)")
        _take(shopper, "home")
    with open_shopper(browser, address, size=PHONE, color_scheme="dark") as shopper:
        _look_around(shopper)
        shopper.go("/product/DR003")
        _take(shopper, "product-phone")
        shopper.go("/")
        shopper.settle()
        shopper.row("personal").get_by_role("button", name="Why").first.click()
        shopper.page.get_by_role("dialog").get_by_text("Together", exact=True).wait_for()
        _take(shopper, "why-phone")
        shopper.page.keyboard.press("Escape")
        shopper.go("/privacy")
        _take(shopper, "privacy-phone")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        stock(home)
        with ShopProcess(home) as shop, open_browser() as browser:
            _pictures(browser, str(shop.client.base_url))


if __name__ == "__main__":
    main()
