"""The page of a report says what is there, what is missing, and nothing that a title smuggles."""

import re
from dataclasses import replace
from datetime import date

from cli.pages.report_page import report_page
from nightly.report import ShopReport
from personalization.exports.report.figures import (
    CategoryCount,
    DayActivity,
    Dimension,
    Funnel,
    PlacementRevenue,
    ReportFigures,
)
from tests.unit.exports.test_starvation import ONE_SALE_IN_FOUR, a_group, same_in_each

DAY = date(2026, 7, 28)
HOSTILE = '"><script src="https://evil.example/x.js"></script><img src=x onerror=alert(1)>'
NOTHING = ReportFigures(
    days=(),
    funnel=Funnel(visited=0, saw=0, opened=0, viewed=0, carted=0, bought=0),
    exposures=(),
    placements=(),
    regions=(),
    seasons=(),
)
FULL = ReportFigures(
    days=(
        DayActivity(
            day=DAY, sessions=100, events=300, impressions=200, views=60, carts=20, orders=10,
            refunds=1,
        ),
    ),
    funnel=Funnel(visited=100, saw=80, opened=20, viewed=60, carted=20, bought=10),
    exposures=(
        a_group(same_in_each(100, 10, [1] * 50), ONE_SALE_IN_FOUR, group=HOSTILE),
        a_group(same_in_each(100, 10, [9] * 100), group="shirts"),
    ),
    placements=(
        PlacementRevenue(placement=HOSTILE, currency="EUR", lines=3, unpriced=0, revenue=30.0),
        PlacementRevenue(placement="", currency="EUR", lines=1, unpriced=1, revenue=10.0),
    ),
    regions=tuple(
        CategoryCount(scope=region, category=category, acts=acts)
        for region, category, acts in [
            ("se", "hats", 300), ("se", HOSTILE, 100), ("fi", "hats", 100), ("fi", HOSTILE, 300),
        ]
    ),
    seasons=(),
)  # fmt: skip


def page_of(figures: ReportFigures, drift: str = "No generation is active.") -> str:
    return report_page(ShopReport(first_day=DAY, last_day=DAY, figures=figures, drift=drift))


def test_a_starved_group_is_an_alarm_at_the_top_and_in_its_row() -> None:
    page = page_of(FULL)
    assert "Exploration starves 1 group of products" in page
    assert page.count('<tr class="starved">') == 1
    fair = replace(FULL, exposures=FULL.exposures[1:] * 2)
    assert "No group of products is starved" in page_of(fair)
    assert 'role="alert"' not in page_of(fair)


def test_what_is_missing_is_a_sentence() -> None:
    page = page_of(NOTHING)
    for sentence in (
        "No event of these days is in the tables.",
        "No impression of these days is in the tables, so exposure is not judged.",
        "No order line is kept of these days.",
        "The events name fewer than two regions",
        "No generation is active.",
    ):
        assert sentence in page
    assert "starves" not in page.split("<h2>")[0]
    assert "nan" not in page


def test_texts_of_the_shop_are_texts_and_the_page_asks_nobody_for_anything() -> None:
    page = page_of(FULL, drift=HOSTILE)
    assert "<script" not in page
    assert "<img" not in page
    assert "default-src 'none'; style-src 'unsafe-inline'" in page
    assert not re.search(r'(src|href)="', page.replace("&quot;", ""))
    assert "url(" not in page


def test_shares_lifts_and_revenue_are_those_of_the_figures() -> None:
    page = page_of(FULL)
    assert "<td>ordered</td><td>10</td><td>10.0%</td>" in page
    # Hats are 300 of 400 acts in se and half of all: 1.5 times as often.
    assert 'title="300">1.50</td>' in page
    assert (
        "<td>not from a recommendation</td><td>1</td><td>1</td><td>10.00</td><td>25.0%</td>" in page
    )
    assert "5.0% (" in page


def test_a_dimension_that_tells_nothing_apart_is_left_out() -> None:
    page = page_of(FULL)
    assert "By category: share of impressions" in page
    assert f"By {Dimension.BRAND.value}: the catalogue does not tell products apart so." in page
