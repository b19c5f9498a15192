"""The public files, whole, where they lie beside the project."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from personalization.domain.event import EventType
from tests.unit.importers.conftest import Shop

FOLDER = Path(__file__).parents[4] / "shared" / "data"
pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the public data sets are not beside the project"
)


def test_eshop2008_comes_in_whole_and_train_ends_before_august(shop: Shop) -> None:
    report = shop.import_files(FOLDER / "eshop2008", holdout=None)
    assert (report.rows_read, report.rows_rejected) == (165_474, 0)
    assert (report.products, report.categories, report.sessions) == (217, 4, 24_026)
    assert report.events_by_type["product_view"] == 165_474
    assert report.held_back_from == datetime(2008, 8, 1, tzinfo=UTC)
    held_out = shop.held_out()
    kinds = Counter(event.type for event in held_out)
    assert kinds[EventType.PRODUCT_VIEW] == 14_148
    assert len({event.session_id for event in held_out}) == report.held_back_sessions == 1_924
    assert sum(shop.stores.history.days().values()) == report.events
    assert max(shop.stores.history.days()).month == 7


def test_online_retail_comes_in_with_every_line_accounted_for(shop: Shop) -> None:
    report = shop.import_files(FOLDER / "online-retail", holdout=None)
    assert report.rows_read == 541_909
    reasons = {reason: rejection.count for reason, rejection in report.rejected.items()}
    assert reasons == {
        "return": 10_624,
        "not a product": 2_359,
        "no description": 584,
        "no price": 578,
        "not a sale": 3,
    }
    assert report.sessions == report.events_by_type["checkout"] == 19_773
    assert sum(shop.stores.history.days().values()) == report.events


def test_rees46_comes_in_with_its_repeated_rows_told(shop: Shop) -> None:
    report = shop.import_files(FOLDER / "rees46", holdout=None)
    assert (report.rows_read, report.products, report.sessions) == (17_434, 6_493, 5_066)
    assert {reason: rejection.count for reason, rejection in report.rejected.items()} == {
        "the same event twice": 5
    }
    assert report.events + report.held_back_events == sum(report.events_by_type.values())
    assert sum(shop.stores.history.days().values()) == report.events


@pytest.mark.parametrize(
    ("file", "rows", "products", "unrated"),
    [
        ("amazon_us_2023_597.parquet", 597, 597, 13),
        ("amazon_in_2023_hindi_5000.parquet", 5_000, 5_000, 2_454),
        ("amazon_in_112_categories_10930.parquet", 10_930, 9_898, None),
        ("fashion_styles_39596.parquet", 39_596, 39_594, 39_594),
    ],
)
def test_catalogues_come_in_with_the_unrated_left_unrated(
    shop: Shop, file: str, rows: int, products: int, unrated: int | None
) -> None:
    report = shop.import_files(FOLDER / "catalog" / file)
    assert (report.rows_read, report.products) == (rows, products)
    ratings = [product.rating for product in shop.products().values()]
    assert all(1 <= rating <= 5 for rating in ratings if rating is not None)
    assert unrated in (None, ratings.count(None))
