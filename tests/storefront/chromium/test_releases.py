"""A page of one release finds its way while the files of another are served."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Request, Route

from tests.storefront.chromium.shopper import Shopper

_CHUNKS = "**/_next/static/chunks/*.js"


class Pages:
    """The pages that a browser has opened, and the files that it lacks."""

    def __init__(self, shopper: Shopper) -> None:
        self.shopper = shopper
        self.opened: list[str] = []
        shopper.page.on("request", self._see)

    def _see(self, request: Request) -> None:
        if request.is_navigation_request():
            self.opened.append(request.url.removeprefix(self.shopper.address))

    def lose_files(self, *, loads: int) -> None:
        """Answer as a replica without them until so many pages have been opened."""

        def answer(route: Route) -> None:
            if len(self.opened) <= loads:
                route.fulfill(status=404, body="")
            else:
                route.continue_()

        self.shopper.page.route(_CHUNKS, answer)


@pytest.fixture
def pages(shopper: Shopper) -> Iterator[Pages]:
    pages = Pages(shopper)
    yield pages
    shopper.page.unroute_all(behavior="ignoreErrors")


def test_a_page_whose_files_are_gone_is_asked_for_anew(pages: Pages) -> None:
    pages.lose_files(loads=1)

    pages.shopper.go("/product/SK047")

    pages.shopper.settle()
    assert pages.opened == ["/product/SK047"] * 2
    assert pages.shopper.faults == []


def test_but_once_and_no_more(pages: Pages) -> None:
    pages.lose_files(loads=9)

    pages.shopper.go("/product/SK047")

    pages.shopper.wait_for("performance.getEntriesByType('navigation')[0].type === 'reload'")
    pages.shopper.wait_for("document.readyState === 'complete'")
    # A way there and back, in which another one would have begun.
    pages.shopper.page.evaluate("fetch('/icon.svg').then((answer) => answer.text())")
    assert pages.opened == ["/product/SK047"] * 2


def test_from_a_page_of_a_former_release_the_next_one_is_opened_whole(pages: Pages) -> None:
    pages.shopper.go("/")
    pages.shopper.settle()
    pages.lose_files(loads=1)

    pages.shopper.page.get_by_role("link", name="Privacy").first.click()

    pages.shopper.page.wait_for_url("**/privacy")
    pages.shopper.settle()
    assert pages.opened == ["/", "/privacy"]
