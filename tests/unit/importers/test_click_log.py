"""Plain logs of clicks, and sessions as lists, with and without times."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from importers.loaders.file_order import PACE, START
from importers.loaders.session_lists import products_of
from importers.options import Holdout, ImportOptions
from importers.readings.options import FormatOptions, parse_columns
from importers.rejection import RowRejectedError
from importers.run import import_dataset
from personalization.domain.errors import ImportRejectedError
from personalization.domain.event import Event
from tests.unit.importers.conftest import NOTHING_BACK, Shop
from tests.unit.importers.silent_progress import SilentProgress


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clicks.csv"


def write(file: Path, *rows: str) -> Path:
    file.write_text("\n".join(rows) + "\n")
    return file


def sessions_of(events: Sequence[Event]) -> list[list[str]]:
    sessions: dict[str, list[str]] = {}
    for event in events:
        sessions.setdefault(event.session_id, []).append(str(event.product_id))
    return list(sessions.values())


def test_a_row_is_a_view_and_its_product_is_listed_since_the_first(shop: Shop, file: Path) -> None:
    day, next_day = 1592337718, 1592337718 + 86_400
    write(file, "SessionId,ItemId,Time", f"1,7,{next_day}.0", f"2,7,{day}.0")
    report = shop.import_files(file)

    assert report.dataset == "click_log"
    assert [event.occurred_at.timestamp() for event in shop.events()] == [day, next_day]
    [product] = shop.products().values()
    assert (product.product_id, product.listed_on) == ("7", datetime.fromtimestamp(day, UTC).date())


def test_equal_times_keep_the_order_of_the_file(shop: Shop, file: Path) -> None:
    products = [f"p{number}" for number in (5, 3, 9, 1, 7, 2, 8, 4)]
    rows = (f"s,{product},2020-05-01 10:00:00" for product in products)
    shop.import_files(write(file, "session,item,time", *rows))

    assert sessions_of(shop.events()) == [products]


def test_without_times_the_order_of_the_file_stands_for_them(shop: Shop, file: Path) -> None:
    write(file, "session_id\titem_id", "s\tb", "t\tx", "s\ta", "t\ty")
    report = shop.import_files(file)

    events = shop.events()
    assert sessions_of(events) == [["b", "a"], ["x", "y"]]
    assert [event.occurred_at for event in events] == [START + place * PACE for place in range(4)]
    assert any("no time" in note for note in report.notes)


def test_without_times_the_last_twentieth_of_the_sessions_is_held_out(
    shop: Shop, file: Path
) -> None:
    rows = [f"s{number},{product}" for number in range(100) for product in "ab"]
    report = shop.import_files(write(file, "session,item", *rows), holdout=None)

    assert report.held_back_sessions == 5
    assert report.held_back_events == 10
    assert len(sessions_of(shop.events())) == 95


@pytest.mark.parametrize(("share", "held_out"), [(0.5, 2), (0.25, 1), (0.01, 1), (0.0, 0)])
def test_a_part_of_the_sessions_is_held_out_by_their_start(
    shop: Shop, file: Path, share: float, held_out: int
) -> None:
    rows = [f"s{day},{product},2020-05-0{day}" for product in "ab" for day in range(1, 5)]
    report = shop.import_files(
        write(file, "session,item,time", *rows), holdout=Holdout(sessions=share)
    )

    assert report.held_back_sessions == held_out
    assert len(sessions_of(shop.events())) == 4 - held_out


def test_last_days_of_a_log_with_times_are_held_out(shop: Shop, file: Path) -> None:
    rows = [f"s{day},a,2020-05-0{day}" for day in range(1, 6)]
    report = shop.import_files(write(file, "session,item,time", *rows), holdout=None)

    assert report.held_back_from == datetime(2020, 5, 5, tzinfo=UTC)


def test_last_days_without_times_are_refused(shop: Shop, file: Path) -> None:
    write(file, "session,item", "s,a")
    with pytest.raises(ImportRejectedError, match="no times"):
        shop.import_files(file, holdout=Holdout(days=3))


def test_columns_are_named_by_the_person_where_the_header_does_not(shop: Shop, file: Path) -> None:
    write(file, "visitnr;time;sku2;clicked", "1;x;a;2020-05-01", "1;y;b;2020-05-02")
    columns = parse_columns(["session=visitnr", "item=sku2", "time=clicked"])
    options = ImportOptions(
        storage=shop.storage, holdout=NOTHING_BACK, files=FormatOptions(columns=columns)
    )
    import_dataset(file, shop.stores, options, SilentProgress())
    assert sessions_of(shop.events()) == [["a", "b"]]

    wrong = replace(options, files=FormatOptions(columns={"item": "sku3"}))
    with pytest.raises(ImportRejectedError, match="no column 'sku3'"):
        import_dataset(file, shop.stores, wrong, SilentProgress())


def test_a_file_without_a_header_has_numbered_columns(shop: Shop, file: Path) -> None:
    write(file, "1,a,1592337718", "1,b,1592337719", "2,c,1592337720")
    files = FormatOptions(columns={"session": "1", "item": "2", "time": "3"}, headless=True)
    options = ImportOptions(storage=shop.storage, holdout=NOTHING_BACK, files=files)
    import_dataset(file, shop.stores, options, SilentProgress())

    assert sessions_of(shop.events()) == [["a", "b"], ["c"]]


@pytest.mark.parametrize("text", ["item", "=a", "item="])
def test_a_column_is_named_by_two_words(text: str) -> None:
    with pytest.raises(ImportRejectedError, match="item_id=SKU"):
        parse_columns([text])


def test_categories_and_users_are_taken_where_the_log_has_them(shop: Shop, file: Path) -> None:
    write(file, "session,item,time,category,user_id", "1,a,2020-05-01,hats,u7", "1,b,2020-05-02,,")
    shop.import_files(file)

    assert [event.user_id for event in shop.events()] == ["u7", None]
    assert [str(each.category_id) for each in shop.products().values()] == ["hats", "all"]


def test_rows_without_session_product_or_time_are_rejected(shop: Shop, file: Path) -> None:
    write(
        file, "session,item,time", ",a,2020-05-01", "1,,2020-05-01", "1,a,never", "1,a,2020-05-01"
    )
    report = shop.import_files(file)

    assert (report.rows_rejected, len(shop.events())) == (3, 1)


def test_sessions_of_another_file_are_held_out_and_products_stay_as_they_were(
    shop: Shop, tmp_path: Path
) -> None:
    train = write(tmp_path / "train.csv", "session,item,time", "1,a,2020-05-01", "1,b,2020-05-02")
    test = write(tmp_path / "test.csv", "session,item,time", "1,b,2020-06-02", "1,c,2020-06-01")
    report = shop.import_files(train, test=test)

    assert sessions_of(shop.events()) == [["a", "b"]]
    assert sessions_of(shop.held_out()) == [["c", "b"]]
    assert report.held_back_from == datetime(2020, 6, 1, tzinfo=UTC)
    assert (report.rows_read, report.held_back_sessions) == (4, 1)
    days = {str(name): product.listed_on for name, product in shop.products().items()}
    assert {name: str(day) for name, day in days.items()} == {
        "a": "2020-05-01", "b": "2020-05-02", "c": "2020-06-01"
    }  # fmt: skip


def test_lists_and_queries_without_times_follow_each_other(shop: Shop, tmp_path: Path) -> None:
    train, test = tmp_path / "train.parquet", tmp_path / "test.parquet"
    pq.write_table(pa.table({"session_id": [0, 1], "items": [[1, 2], [3, 4, 3]]}), train)
    prefixes = [[5, 1, 2], [5, 1], [5], [7], [7], [7, 1], [7]]
    labels = [9, 2, 1, 8, 5, 3, 1]
    pq.write_table(pa.table({"prefix": prefixes, "label": labels}), test)
    report = shop.import_files(train, test=test)

    assert sessions_of(shop.events()) == [["1", "2"], ["3", "4", "3"]]
    held_out = [["5", "1", "2", "9"], ["7", "8"], ["7", "5"], ["7", "1", "3"]]
    assert sessions_of(shop.held_out()) == held_out
    assert max(event.occurred_at for event in shop.events()) < shop.held_out()[0].occurred_at
    assert report.held_back_from == datetime(2000, 1, 2, tzinfo=UTC)


def test_queries_may_come_with_the_shortest_prefix_first(shop: Shop, file: Path) -> None:
    train = write(file, "session,item", "0,1")
    rows = ("1 2,3", "1 2 3,4", "5,6", "5 6,7")
    test = write(file.with_name("test.csv"), "prefix,label", *rows)
    report = shop.import_files(train, test=test)

    assert sessions_of(shop.held_out()) == [["1", "2", "3", "4"], ["5", "6", "7"]]
    assert any("queries" in note for note in report.notes)


def test_importing_a_pair_twice_gives_the_same_stores(shop: Shop, file: Path) -> None:
    train = write(file, "session,item", "1,a", "1,b")
    test = write(file.with_name("test.csv"), "session,item", "2,b", "2,a")
    shop.import_files(train, test=test)
    once = shop.events(), shop.held_out(), shop.products()
    shop.import_files(train, test=test)

    assert (shop.events(), shop.held_out(), shop.products()) == once


def test_a_list_of_products_may_be_a_text() -> None:
    assert products_of("[12, 7 7]") == ["12", "7", "7"]
    with pytest.raises(RowRejectedError):
        products_of(" ")
