"""The multi-category store."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from personalization.domain.event import EventType
from tests.unit.importers.conftest import Shop

HEADER = (
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"
)


def row(  # noqa: PLR0913 - a row of the file
    *,
    time: str = "2019-10-01 00:00:01",
    kind: str = "view",
    product: str = "1307067",
    code: str = "computers.note_book",
    brand: str = "lenovo",
    price: object = 251.74,
    session: str = "s1",
) -> str:
    return f"{time} UTC,{kind},{product},2053,{code},{brand},{price},550,{session}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "2019-Oct.csv"


def write(file: Path, *rows: str) -> Path:
    file.write_text("\n".join((HEADER, *rows)) + "\n")
    return file


def test_views_carts_and_purchases_become_events_of_their_session(shop: Shop, file: Path) -> None:
    rows = (
        row(),
        row(time="2019-10-01 00:00:05", kind="cart"),
        row(time="2019-10-01 00:01:00", kind="purchase"),
    )
    shop.import_files(write(file, *rows))
    events = shop.events()
    assert [event.type for event in events] == [
        EventType.PRODUCT_VIEW,
        EventType.ADD_TO_CART,
        EventType.CHECKOUT,
    ]
    assert len({event.session_id for event in events}) == 1
    assert events[0].occurred_at == datetime(2019, 10, 1, 0, 0, 1, tzinfo=UTC)
    assert events[0].category_id == "computers.note_book"
    assert {event.user_id for event in events} == {"550"}


def test_purchases_of_a_session_close_together_are_one_checkout(shop: Shop, file: Path) -> None:
    rows = (
        row(kind="purchase", product="1"),
        row(kind="purchase", product="9", session="s2"),
        row(kind="purchase", product="2", time="2019-10-01 00:00:09"),
        row(kind="purchase", product="3", time="2019-10-01 02:00:00"),
    )
    shop.import_files(write(file, *rows))
    assert sorted(event.product_ids for event in shop.events()) == [("1", "2"), ("3",), ("9",)]


def test_a_product_is_named_by_brand_category_and_number(shop: Shop, file: Path) -> None:
    rows = row(), row(product="2", code="", brand=""), row(price=199, time="2019-10-02 00:00:00")
    report = shop.import_files(write(file, *rows))
    products = {str(key): product for key, product in shop.products().items()}
    assert products["1307067"].title == "Lenovo note book 1307067"
    assert products["1307067"].price == 199
    assert products["1307067"].listed_on == date(2019, 10, 1)
    assert products["2"].title == "Product 2"
    assert products["2"].category_id == "2053"
    assert report.products == 2


def test_removing_from_the_cart_is_an_event(shop: Shop, file: Path) -> None:
    report = shop.import_files(write(file, row(), row(kind="remove_from_cart")))
    assert sorted(event.type for event in shop.events()) == ["product_view", "remove_from_cart"]
    assert report.ignored == {}


def test_rows_that_make_no_sense_are_rejected_each_with_its_reason(shop: Shop, file: Path) -> None:
    rows = (
        row(),
        row(),
        row(kind="stare"),
        row(time="soon"),
        row(product=""),
        row(session=""),
    )
    report = shop.import_files(write(file, *rows))
    assert {reason: rejection.count for reason, rejection in report.rejected.items()} == {
        "the same event twice": 1,
        "unknown event type": 1,
        "not a date": 1,
        "no product": 1,
        "no session": 1,
    }


def test_a_file_of_one_day_is_cut_by_the_time_of_day(shop: Shop, file: Path) -> None:
    rows = [
        row(time=f"2019-10-01 {hour:02d}:00:00", session=f"s{hour}", product=str(hour))
        for hour in range(11)
    ]
    report = shop.import_files(write(file, *rows), holdout=None)
    assert report.held_back_from == datetime(2019, 10, 1, 9, tzinfo=UTC)
    assert [event.occurred_at.hour for event in shop.held_out()] == [9, 10]
    assert len(shop.events()) == 9


def test_a_session_belongs_where_it_starts(shop: Shop, file: Path) -> None:
    rows = [row(time=f"2019-10-{day:02d} 12:00:00", session=f"s{day}") for day in range(1, 11)]
    late_end = row(time="2019-10-10 13:00:00", session="s9", product="2")
    report = shop.import_files(write(file, *rows, late_end), holdout=None)
    assert report.held_back_from == datetime(2019, 10, 10, tzinfo=UTC)
    [kept] = shop.held_out()
    assert kept.occurred_at == datetime(2019, 10, 10, 12, tzinfo=UTC)
    assert shop.events()[-1].product_ids == ("2",)
    assert (report.events, report.held_back_events) == (10, 1)
