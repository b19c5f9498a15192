"""Makes the pictures of the docs: of a shop whose garments are drawn, as its pages are now.

    python -m tests.storefront.chromium.pictures
    python -m tests.storefront.chromium.pictures --every FOLDER   # keeps every page whole, as well

Every page is taken on a phone and at a desk, in both themes; a sheet shows all of them at once.
"""

import argparse
import base64
import itertools
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser

from tests.e2e.shop_process import ShopProcess
from tests.storefront.chromium.playwright_browser import open_browser
from tests.storefront.chromium.shopper import DESK, PHONE, Shopper, open_shopper
from tests.storefront.chromium.stocked_home import stock

IMAGES: Final = Path(__file__).parents[3] / "docs" / "images"
_LOOKED_AT: Final = ("KN080", "KN083", "KN079")
_PAGES: Final = {
    "home": "/", "category": "/category/dresses", "search": "/search?words=linen",
    "product": "/product/DR003", "cart": "/cart", "checkout": "/checkout",
    "account": "/account", "privacy": "/privacy",
}  # fmt: skip
_SIZES: Final = {"phone": (PHONE, 240), "desk": (DESK, 480)}
"""Of the window, and how wide a page stands on a sheet."""
_SHEET_HEIGHT: Final = 1_100


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


def _every(browser: Browser, address: str, folder: Path) -> None:
    for (size, (window, width)), theme in itertools.product(_SIZES.items(), ("light", "dark")):
        with open_shopper(browser, address, size=window, color_scheme=theme) as shopper:
            _look_around(shopper)
            taken = [
                _whole(shopper, path, folder / f"{name}-{size}-{theme}.png")
                for name, path in _PAGES.items()
            ]
        _sheet(browser, taken, width, IMAGES / f"pages-{size}-{theme}.jpg")


def _whole(shopper: Shopper, path: str, picture: Path) -> Path:
    shopper.go(path)
    shopper.settle()
    shopper.scroll_through()
    # A picture of the whole page would show parts that are off the screen as empty.
    shopper.page.evaluate(
        "document.querySelectorAll('section').forEach((part) => "
        "{ part.style.contentVisibility = 'visible'; })"
    )
    shopper.page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
    shopper.wait_for("document.getAnimations().length === 0")
    shopper.page.screenshot(path=picture, full_page=True)
    return picture


def _sheet(browser: Browser, taken: Sequence[Path], width: int, sheet: Path) -> None:
    images = "".join(
        f"<img width={width} src='data:image/png;base64,"
        f"{base64.b64encode(picture.read_bytes()).decode()}'>"
        for picture in taken
    )
    page = browser.new_page(viewport={"width": 4 * (width + 16) + 16, "height": 800})
    page.set_content(
        "<style>body{margin:8px;background:#8a8a86;display:flex;flex-wrap:wrap;align-items:start}"
        f"img{{margin:8px;max-height:{_SHEET_HEIGHT}px;object-fit:cover;object-position:top}}"
        f"</style>{images}"
    )
    page.screenshot(path=sheet, full_page=True, type="jpeg", quality=80)
    page.close()
    sys.stdout.write(f"{sheet.name}: {sheet.stat().st_size // 1024} KiB\n")


def main(words: Sequence[str]) -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=Path, metavar="FOLDER", help="keep every page here")
    arguments = parser.parse_args(words)
    with tempfile.TemporaryDirectory() as folder:
        home, every = Path(folder) / "home", arguments.every or Path(folder) / "pages"
        for needed in (home, every):
            needed.mkdir(parents=True, exist_ok=True)
        stock(home)
        with ShopProcess(home) as shop, open_browser() as browser:
            _pictures(browser, str(shop.client.base_url))
            _every(browser, str(shop.client.base_url), every)


if __name__ == "__main__":
    main(sys.argv[1:])
