"""A shop's own events."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from personalization.domain.errors import ImportRejectedError
from personalization.domain.event import EventType
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Product
from tests.unit.importers.conftest import Shop

HEADER = "session,time,type,product,user,quantity,price,order,category,region"
START = datetime(2024, 12, 3, 9, 10, tzinfo=UTC)


def write(folder: Path, *rows: str, header: str = HEADER) -> Path:
    (folder / "events.csv").write_text("\n".join((header, *rows)) + "\n")
    return folder / "events.csv"


def test_rows_become_events_and_lines_of_an_order_one_checkout(shop: Shop, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "s1,2024-12-03T09:10:00Z,view,A,u1,,,,shirts,DE",
        "s1,2024-12-03T09:11:00Z,view_item_list,,u1,,,,shirts,DE",
        "s1,2024-12-03T09:12:00Z,add_to_cart,A,u1,1,9.99,,,DE",
        "s1,2024-12-03T09:13:00Z,purchase,A,u1,2,9.99,O-1,,DE",
        "s1,2024-12-03T09:13:00Z,purchase,B,u1,1,5.00,O-1,,DE",
        "s1,2024-12-04T09:13:00Z,refund,B,u1,1,5.00,O-1,,DE",
    )
    report = shop.import_files(file)
    assert (report.dataset, report.rejected, report.ignored) == ("events", {}, {})
    events = shop.events()
    assert [event.type for event in events] == [
        EventType.PRODUCT_VIEW,
        EventType.CATEGORY_VIEW,
        EventType.ADD_TO_CART,
        EventType.CHECKOUT,
        EventType.REFUND,
    ]
    assert (events[0].category_id, events[0].region, events[0].user_id) == ("shirts", "de", "u1")
    checkout = events[3]
    assert (checkout.product_ids, checkout.quantities) == (("A", "B"), (2, 1))
    assert checkout.unit_price_micros == (9_990_000, 5_000_000)
    assert (checkout.currency, checkout.order_id) == ("USD", "O-1")
    assert set(shop.products()) == {"A", "B"}
    shop.import_files(file)
    assert len(shop.events()) == len(events)


def test_purchases_without_an_order_are_one_within_some_minutes(shop: Shop, tmp_path: Path) -> None:
    rows = [
        f"s1,{(START + timedelta(minutes=minute)).isoformat()},buy,{product}"
        for minute, product in ((0, "A"), (1, "B"), (30, "C"))
    ]
    shop.import_files(write(tmp_path, *rows, header="session,time,type,product"))
    assert [event.product_ids for event in shop.events()] == [("A", "B"), ("C",)]


@pytest.mark.parametrize(
    "times",
    [
        ["1733217000", "1733217001"],
        ["1733217000000", "1733217001000"],
        ["03.12.2024 09:10", "13.12.2024 09:10"],
        ["Dec 3, 2024 9:10 am", "Dec 4, 2024 9:10 am"],
    ],
)
def test_moments_are_read_as_their_column_is_written(
    shop: Shop, tmp_path: Path, times: list[str]
) -> None:
    lines = [{"session": "s", "time": time, "type": "view", "product": "A"} for time in times]
    (tmp_path / "events.jsonl").write_text("\n".join(map(json.dumps, lines)))
    shop.import_files(tmp_path / "events.jsonl")
    assert shop.events()[0].occurred_at == START


def test_a_session_of_ours_keeps_its_id(shop: Shop, tmp_path: Path) -> None:
    session = str(uuid4())
    shop.import_files(write(tmp_path, f"{session},2024-12-03T09:10:00Z,view,A,,,,,,"))
    assert shop.events()[0].session_id == session


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("s,2024-12-03T09:10:00Z,dance,A,,,,,,", "unknown event type"),
        ("s,2024-12-03T09:10:00Z,view,,,,,,,", "no product"),
        (",2024-12-03T09:10:00Z,view,A,,,,,,", "no session"),
        ("s,yesterday,view,A,,,,,,", "not a date"),
        ("s,2999-12-03T09:10:00Z,view,A,,,,,,", "after today"),
        ("s,2024-12-03T09:10:00Z,view_category,,,,,,,", "no category"),
        ("s,2024-12-03T09:10:00Z,view,B,,,,,,", "the same event twice"),
        ("s,2024-12-03T09:10:00Z,buy,A,,1,5%,,,", "not a price"),
    ],
)
def test_a_row_that_is_no_event_is_rejected_alone(
    shop: Shop, tmp_path: Path, row: str, reason: str
) -> None:
    report = shop.import_files(write(tmp_path, "s,2024-12-03T09:10:00Z,view,B,,,,,,", row))
    assert (set(report.rejected), len(shop.events())) == ({reason}, 1)


def test_events_do_not_change_a_catalogue(shop: Shop, tmp_path: Path) -> None:
    known = Product(
        product_id=ProductId("A"), category_id=CategoryId("shirts"), title="Real shirt", price=9.0
    )
    shop.stores.catalogue.write_products([known])
    file = write(
        tmp_path, "s,2024-12-03T09:10:00Z,view,A,,,,,,", "s,2024-12-03T09:10:00Z,view,B,,,,,,"
    )
    report = shop.import_files(file)
    assert list(shop.products().values()) == [known]
    assert any("1 products of these events are not in the catalogue" in it for it in report.notes)
    shop.import_files(file, add_products=True)
    assert shop.products()[ProductId("A")] == known
    assert set(shop.products()) == {"A", "B"}


def test_lines_of_orders_need_neither_session_nor_type(shop: Shop, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "O-1,2024-12-03T09:13:00Z,A,u1,2,9.99",
        "O-1,2024-12-03T09:13:00Z,B,u1,1,5.00",
        "O-2,2024-12-04T09:13:00Z,A,,-1,9.99",
        ",2024-12-04T09:13:00Z,A,,1,9.99",
        header="order,time,product,user,quantity,price",
    )
    report = shop.import_files(file)
    assert (report.dataset, list(report.rejected)) == ("orders", ["no order"])
    bought, returned = shop.events()
    assert (bought.type, bought.product_ids, bought.quantities) == (
        EventType.CHECKOUT,
        ("A", "B"),
        (2, 1),
    )
    assert (bought.user_id, bought.order_id) == ("u1", "O-1")
    assert (returned.type, returned.product_ids, returned.quantities) == (
        EventType.REFUND,
        ("A",),
        (1,),
    )
    assert bought.session_id != returned.session_id


def test_a_file_that_fits_nothing_is_told_what_it_lacks(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path, "O-1,03.12.2024,A", header="Order,Placed,Ref")
    with pytest.raises(ImportRejectedError, match="Nearest is orders, which still needs time, it"):
        shop.import_files(file)


def test_a_column_has_one_place(shop: Shop, tmp_path: Path) -> None:
    file = write(tmp_path, "O-1,2024-12-03T09:13:00Z,A", header="Order,Placed,Ref")
    twice = {"session": "Order", "order": "Order", "time": "Placed", "product": "Ref"}
    with pytest.raises(ImportRejectedError, match="mapped to both session and order"):
        shop.import_files(file, columns=twice)
