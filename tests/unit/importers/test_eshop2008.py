"""The clothing shop of 2008."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from personalization.domain.event import EventType
from tests.unit.importers.conftest import Shop

ORIGINAL = (
    "year;month;day;order;country;session ID;page 1 (main category);page 2 (clothing model);"
    "colour;location;model photography;price;price 2;page"
)


def click(  # noqa: PLR0913 - a row of the file
    *,
    month: int = 4,
    day: int = 1,
    order: int = 1,
    country: int = 29,
    session: int = 1,
    category: int = 1,
    model: str = "A13",
    colour: int = 1,
    price: int = 28,
) -> str:
    visit = f"2008;{month};{day};{order};{country};{session}"
    return f"{visit};{category};{model};{colour};5;1;{price};2;1"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "e-shop clothing 2008.csv"


def write(file: Path, *rows: str) -> Path:
    file.write_text("\n".join((ORIGINAL, *rows)) + "\n")
    return file


def test_a_click_is_a_product_view_after_a_category_view(shop: Shop, file: Path) -> None:
    shop.import_files(write(file, click()))
    category_view, product_view = shop.events()
    assert category_view.type is EventType.CATEGORY_VIEW
    assert category_view.category_id == "trousers"
    assert product_view.type is EventType.PRODUCT_VIEW
    assert product_view.product_ids == ("A13",)
    assert product_view.category_id == "trousers"
    assert product_view.region == "pl"
    assert product_view.occurred_at.date() == date(2008, 4, 1)
    assert product_view.occurred_at - category_view.occurred_at == timedelta(seconds=1)


def test_a_category_is_viewed_only_where_it_changes(shop: Shop, file: Path) -> None:
    shelves = (1, 1, 2, 1)
    rows = [click(order=place, category=shelf) for place, shelf in enumerate(shelves, 1)]
    shop.import_files(write(file, *rows))
    events = shop.events()
    assert [event.type.value.removesuffix("_view") for event in events] == [
        "category", "product", "product", "category", "product", "category", "product",
    ]  # fmt: skip
    views = [event.occurred_at for event in events if event.type is EventType.PRODUCT_VIEW]
    gaps = {later - sooner for sooner, later in pairwise(views)}
    assert gaps == {timedelta(seconds=30)}


@pytest.mark.parametrize(
    ("code", "region"),
    [(1, "au"), (9, "cz"), (12, None), (29, "pl"), (42, "us"), (43, None), (47, None), (99, None)],
)
def test_country_codes_become_iso_codes(
    shop: Shop, file: Path, code: int, region: str | None
) -> None:
    shop.import_files(write(file, click(country=code)))
    assert {event.region for event in shop.events()} == {region}


def test_a_model_is_listed_as_it_was_seen_most_often(shop: Shop, file: Path) -> None:
    rows = (
        click(order=1, colour=3, price=40, day=2),
        click(order=2, colour=8, day=2),
        click(order=3, colour=8, day=2),
        click(order=1, session=2, colour=8, day=1),
    )
    shop.import_files(write(file, *rows))
    product = shop.products()["A13"]  # type: ignore[index]
    assert product.title == "Navy blue trousers A13"
    assert product.price == 28
    assert product.rating is None
    assert product.colour == "navy blue"
    assert product.category_id == "trousers"
    assert product.listed_on == date(2008, 4, 1)
    assert len(shop.stores.catalogue.all_categories()) == 4


def test_the_last_thirteen_days_are_kept_for_replay(shop: Shop, file: Path) -> None:
    rows = (
        click(session=1, month=7, day=31),
        click(session=2, month=8, day=1),
        click(session=3, month=8, day=13),
    )
    report = shop.import_files(write(file, *rows), holdout=None)
    assert report.held_back_from == datetime(2008, 8, 1, tzinfo=UTC)
    assert {event.occurred_at.date() for event in shop.events()} == {date(2008, 7, 31)}
    assert [event.occurred_at.date() for event in shop.held_out()] == [
        date(2008, 8, 1), date(2008, 8, 1), date(2008, 8, 13), date(2008, 8, 13),
    ]  # fmt: skip
    assert (report.events, report.held_back_events, report.held_back_sessions) == (2, 4, 2)


def test_rows_that_make_no_sense_are_rejected_each_with_its_reason(shop: Shop, file: Path) -> None:
    report = shop.import_files(
        write(
            file,
            click(),
            click(month=2, day=30),
            click(category=7),
            click(model=" "),
            click(order=0),
            click(order=99_999_999),
            click(order=10**15),
            click().replace("2008;", "MMVIII;"),
            click().replace("2008;", ";"),
        )
    )
    assert {reason: rejection.examples[0].row for reason, rejection in report.rejected.items()} == {
        "not a date": 3,
        "unknown category": 4,
        "no model": 5,
        "not a click number": 6,
        "not a number": 8,
        "empty value": 10,
    }
    assert report.rows_read == 9
    assert len(shop.events()) == 2


def test_what_the_data_set_lacks_is_in_the_report(shop: Shop, file: Path) -> None:
    report = shop.import_files(write(file, click()))
    assert {"ratings", "purchases"} <= report.absent.keys()
    assert any("no time of day" in note for note in report.notes)


def test_the_tidied_parquet_file_gives_the_same_as_the_original(shop: Shop, tmp_path: Path) -> None:
    row = {
        "year": 2008, "month": 4, "day": 1, "order": 1, "country": 29, "session_id": 1,
        "category": 1, "model": "A13", "colour": 1, "location": 5, "photo": 1, "price": 28,
        "price2": 2, "page": 1,
    }  # fmt: skip
    pq.write_table(pa.Table.from_pylist([row]), tmp_path / "eshop.parquet")
    shop.import_files(tmp_path / "eshop.parquet")
    from_parquet = (shop.events(), shop.products())
    shop.import_files(write(tmp_path / "original.csv", click()))
    assert (shop.events(), shop.products()) == from_parquet
