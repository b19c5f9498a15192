"""Ids that are no longer what they were, and those that no event could carry."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from importers.readings.ids import IdColumn
from importers.rejection import RowRejectedError
from tests.unit.importers.conftest import Shop

REES46 = (
    "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"
)


def styles(folder: Path, *ids: str) -> Path:
    file = folder / "styles.csv"
    rows = [f'"{number}",Shirts,Blue,Shirt' for number in ids]
    file.write_text("\n".join(("id,articleType,baseColour,productDisplayName", *rows)) + "\n")
    return file


def read(value: object, *, among: tuple[object, ...] = ()) -> object:
    column = IdColumn("id")
    for each in (value, *among):
        column.see(each)
    return column.read(value)


@pytest.mark.parametrize(
    "text",
    ["2.05301E+18", "1,23E+05", "1E+05", "2.05e+18", "######", "2.05301E18", "205.3E+16", "2.1E+5"],
)
def test_an_id_that_a_spreadsheet_rounded_is_rejected_and_told(text: str) -> None:
    with pytest.raises(RowRejectedError, match="rounded by a spreadsheet"):
        read(text)


def test_rounded_categories_do_not_become_one(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text(
        f"{REES46}\n"
        "2024-12-03 09:10:00 UTC,view,1,2.05301E+18,,acme,2.5,1,s1\n"
        "2024-12-03 09:11:00 UTC,view,2,2.05301E+18,,acme,2.5,1,s1\n"
        "2024-12-03 09:12:00 UTC,view,3,2053013555631882655,,acme,2.5,1,s1\n"
    )
    report = shop.import_files(file)
    assert report.rejected["id rounded by a spreadsheet"].count == 2
    assert (
        "category_id 2.05301E+18"
        in report.rejected["id rounded by a spreadsheet"].examples[0].detail
    )
    assert set(shop.products()) == {"3"}


def test_long_ids_that_all_end_in_zeros_were_rounded_and_a_single_exact_one_clears_them() -> None:
    rounded = "2053013555631880000"
    with pytest.raises(RowRejectedError, match="rounded"):
        read(rounded)
    assert read(rounded, among=("2053013555631882655",)) == rounded


@pytest.mark.parametrize("text", ["Mar-24", "3-Dez", "24. Mrz", "#REF!", "#N/A"])
def test_an_id_that_a_spreadsheet_made_something_else_of_is_rejected(text: str) -> None:
    with pytest.raises(RowRejectedError, match="changed by a spreadsheet"):
        read(text)


@pytest.mark.parametrize(
    "text", ["1E5", "A-24", "MAR24", "05123", "A/B-1", "a,b", "%2F", "..", "🧢"]
)
def test_ids_that_only_look_odd_are_taken_as_they_are(text: str) -> None:
    assert read(text) == text


@pytest.mark.parametrize("text", ["x" * 129, "a\u200bb", "a\tb", "a\u00a0b", "a\x07", "\ufeffa"])
def test_an_id_that_no_event_could_carry_is_rejected(text: str) -> None:
    with pytest.raises(RowRejectedError, match="not an id"):
        read(text)


def test_an_id_of_the_longest_length_is_taken(shop: Shop, tmp_path: Path) -> None:
    report = shop.import_files(styles(tmp_path, "x" * 128, "x" * 129, "", "a\u200bb"))
    assert set(shop.products()) == {"x" * 128}
    assert {reason: kind.count for reason, kind in report.rejected.items()} == {
        "not an id": 2,
        "no id": 1,
    }


@pytest.mark.parametrize(
    ("value", "meant"), [(1.0, "1"), (7, "7"), (float("nan"), None), (None, None), ("NaN", None)]
)
def test_numbers_of_a_column_become_ids_without_a_fraction(
    value: object, meant: str | None
) -> None:
    assert read(value) == meant


@pytest.mark.parametrize("value", [1.5, 2.05301e18, float("inf"), True])
def test_numbers_that_are_no_ids_are_rejected(value: object) -> None:
    with pytest.raises(RowRejectedError):
        read(value)


def test_a_text_column_of_whole_numbers_with_a_fraction_of_zero_is_read_without_it() -> None:
    assert read("104.0", among=("7.0", "")) == "104"
    assert read("104.0", among=("7.5",)) == "104.0"


def test_float_ids_of_a_parquet_file_are_whole_and_others_are_rejected(
    shop: Shop, tmp_path: Path
) -> None:
    columns = {
        "id": pa.array([1.0, 2.5, None, float("nan"), 2.0e18]),
        "articleType": ["Shirts"] * 5,
        "baseColour": ["Blue"] * 5,
        "productDisplayName": ["Shirt"] * 5,
    }
    pq.write_table(pa.table(columns), tmp_path / "styles.parquet")
    report = shop.import_files(tmp_path / "styles.parquet")
    assert set(shop.products()) == {"1"}
    assert {reason: kind.count for reason, kind in report.rejected.items()} == {
        "not an id": 1,
        "no id": 2,
        "id rounded by a spreadsheet": 1,
    }


@pytest.mark.parametrize("text", ["mars-24", "24-ao\u00fbt", "d\u00e9c-24", "#NV", "#\u00a1REF!"])
def test_what_spreadsheets_of_other_languages_make_of_an_id_is_rejected(text: str) -> None:
    with pytest.raises(RowRejectedError, match="changed by a spreadsheet"):
        read(text)


def test_a_formula_that_keeps_the_zeros_of_an_id_is_the_id() -> None:
    assert read('="00123"') == "00123"


def test_an_id_that_is_no_text_is_rejected(shop: Shop, tmp_path: Path) -> None:
    buffers = [
        None,
        pa.py_buffer(bytes((0, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0))),
        pa.py_buffer(b"\xffA2"),
    ]
    columns = {
        "id": pa.Array.from_buffers(pa.string(), 2, buffers),
        "articleType": ["Shirts"] * 2,
        "baseColour": ["Blue"] * 2,
        "productDisplayName": ["Shirt"] * 2,
    }
    pq.write_table(pa.table(columns), tmp_path / "styles.parquet")
    report = shop.import_files(tmp_path / "styles.parquet")
    assert set(shop.products()) == {"A2"}
    assert report.rejected["not an id"].count == 1
