"""Encodings, packings, workbooks, types: read, or refused with what to do."""

import codecs
import gzip
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from importers.tables import text_stream
from personalization.domain.errors import ImportRejectedError
from tests.unit.importers.conftest import Shop

HEADER = "id,articleType,baseColour,productDisplayName"
ROWS = f"{HEADER}\n1,Shirts,Blue,Café shirt\n2,Shirts,Red,Plain shirt\n"
INVOICES = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def titles_of(shop: Shop) -> dict[str, str]:
    return {product_id: product.title for product_id, product in shop.products().items()}


BOTH = {"1": "Café shirt", "2": "Plain shirt"}


@pytest.mark.parametrize(
    "content",
    [
        ROWS.encode("utf-8-sig"),
        ROWS.encode("utf-16"),
        ROWS.encode("utf-16-le"),
        ROWS.encode("utf-16-be"),
        codecs.BOM_UTF16_BE + ROWS.encode("utf-16-be"),
        ROWS.replace("\n", "\r").encode(),
        ("sep=;\n" + ROWS.replace(",", ";")).encode(),
        ("\n" + ROWS.replace(",", "\t")).encode(),
        gzip.compress(ROWS.encode("utf-16")),
        ROWS.replace("id,articleType", " ID , article_type ").encode(),
    ],
)
def test_text_that_says_what_it_is_is_read(shop: Shop, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "styles.csv").write_bytes(content)
    report = shop.import_files(tmp_path / "styles.csv")
    assert (titles_of(shop), report.rejected) == (BOTH, {})


@pytest.mark.parametrize("encoding", ["windows-1252", "latin-1", "iso-8859-15"])
def test_text_that_is_not_utf8_is_refused_with_its_readings_until_an_option_says_which(
    shop: Shop, tmp_path: Path, encoding: str
) -> None:
    file = tmp_path / "styles.csv"
    file.write_bytes(ROWS.encode(encoding))
    with pytest.raises(ImportRejectedError, match=r"line 2.*--encoding windows-1252.*Café"):
        shop.import_files(file)
    assert shop.products() == {}
    report = shop.import_files(file, written={"encoding": encoding})
    assert titles_of(shop) == BOTH
    assert report.readings["encoding"] in {"CP1252", "ISO8859-1", "ISO8859-15"}


def test_a_damaged_line_of_a_file_in_utf8_costs_only_itself(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "styles.csv").write_bytes(ROWS.encode() + b"3,Shirts,Blue,Caf\xe9\n")
    report = shop.import_files(tmp_path / "styles.csv")
    assert titles_of(shop) == BOTH
    assert report.rejected["not UTF-8"].count == 1


def test_a_delimiter_that_the_header_leaves_open_is_refused_until_it_is_named(
    shop: Shop, tmp_path: Path
) -> None:
    file = tmp_path / "styles.csv"
    file.write_text("id,a;articleType,b;baseColour,c;productDisplayName\n1;Shirts;Blue;Shirt\n")
    with pytest.raises(ImportRejectedError, match="--delimiter"):
        shop.import_files(file)
    file.write_text("id^articleType^baseColour^productDisplayName\n1^Shirts^Blue^Shirt\n")
    shop.import_files(file, written={"delimiter": "^"})
    assert titles_of(shop) == {"1": "Shirt"}


def test_a_folder_is_read_whatever_the_case_and_ending_of_its_files(
    shop: Shop, tmp_path: Path
) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    row = "{0},Shirts,Blue,Shirt {0}\n"
    (folder / "A.CSV").write_text(f"{HEADER}\n{row.format(1)}")
    (folder / "b.tsv").write_text(f"{HEADER}\n{row.format(2)}".replace(",", "\t"))
    (folder / "c.txt").write_text(f"{HEADER}\n{row.format(3)}")
    (folder / "d.csv.gz").write_bytes(gzip.compress(f"{HEADER}\n{row.format(4)}".encode()))
    (folder / "e.gz").write_bytes(gzip.compress(f"{HEADER}\n{row.format(5)}".encode()))
    (folder / "README.txt").write_text("what this is\n")
    report = shop.import_files(folder)
    assert set(shop.products()) == {"1", "2", "3", "4", "5"}
    assert any("README.txt" in note for note in report.notes)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("feed.zip", b"PK\x03\x04", "unpack it"),
        ("feed.xls", b"\xd0\xcf\x11\xe0", "save it as .xlsx or CSV"),
        ("feed.bz2", b"BZh9", "unpack it"),
    ],
)
def test_data_that_is_not_read_is_refused_with_what_to_do(
    shop: Shop, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    folder = tmp_path / "feed"
    folder.mkdir()
    (folder / "a.csv").write_text(ROWS)
    (folder / name).write_bytes(content)
    with pytest.raises(ImportRejectedError, match=message):
        shop.import_files(folder)
    if name != "feed.zip":
        with pytest.raises(ImportRejectedError, match=message):
            shop.import_files(folder / name)


def test_a_workbook_is_read_with_its_types(shop: Shop, tmp_path: Path) -> None:
    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(INVOICES.split(","))
    sheet.append(
        [700001, "X1", "RED MUG", 2, datetime(2024, 12, 3, 9, 10), 2.95, 1, "Germany"]  # noqa: DTZ001 - as a sheet has it
    )
    sheet.append([700002, 2.05301e18, "BLUE MUG", 2, date(2024, 12, 3), 2.95, 1, "Germany"])
    workbook.create_sheet("notes").append(["anything"])
    workbook.save(tmp_path / "shop.xlsx")
    report = shop.import_files(tmp_path / "shop.xlsx")
    [event] = shop.events()
    assert event.occurred_at == datetime(2024, 12, 3, 9, 10, tzinfo=UTC)
    assert (event.product_ids, event.user_id) == (("X1",), "1")
    assert [product.price for product in shop.products().values()] == [2.95]
    assert report.rejected["id rounded by a spreadsheet"].examples[0].row == 3
    assert any("shop.xlsx:notes" in note for note in report.notes)


def test_small_files_that_unpack_to_very_much_are_refused(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text_stream, "FREE_BYTES", 1 << 20)
    trap = ROWS.encode() + b"3,Shirts,Blue,Shirt\n" * 200_000
    (tmp_path / "styles.csv.gz").write_bytes(gzip.compress(trap))
    with pytest.raises(ImportRejectedError, match="unpacks to more than"):
        shop.import_files(tmp_path / "styles.csv.gz")
    with zipfile.ZipFile(tmp_path / "styles.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/sharedStrings.xml", b" " * (70 << 20))
    with pytest.raises(ImportRejectedError, match="too much for a workbook"):
        shop.import_files(tmp_path / "styles.xlsx")
    assert shop.products() == {}


def invoices(folder: Path, **columns: Any) -> Path:
    table = {
        "InvoiceNo": pa.array(["700001"]),
        "StockCode": pa.array(["X1"]),
        "Description": pa.array(["RED MUG"]),
        "Quantity": pa.array([2]),
        "InvoiceDate": pa.array([datetime(2024, 12, 3, 9, 10, tzinfo=UTC)], pa.timestamp("ms")),
        "UnitPrice": pa.array([2.95]),
        "CustomerID": pa.array([1]),
        "Country": pa.array(["Germany"]),
    }
    pq.write_table(pa.table(table | columns), folder / "shop.parquet")
    return folder / "shop.parquet"


MORNING = datetime(2024, 12, 3, 9, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("column", "values", "moment"),
    [
        ("InvoiceDate", lambda: pa.array([1_733_217_000_000_000_001], pa.timestamp("ns")), MORNING),
        ("InvoiceDate", lambda: pa.array([MORNING], pa.timestamp("us", tz="Asia/Tokyo")), MORNING),
        ("InvoiceDate", lambda: pa.array([1_733_217_000], pa.timestamp("s")), MORNING),
        ("InvoiceDate", lambda: pa.array([1_733_217_000]), MORNING),
        ("InvoiceDate", lambda: pa.array([date(2024, 12, 3)]), MORNING.replace(hour=0, minute=0)),
        ("InvoiceDate", lambda: pa.array(["2024-12-03 09:10"], pa.large_string()), MORNING),
        ("UnitPrice", lambda: pa.array([Decimal("2.95")]), MORNING),
        ("UnitPrice", lambda: pa.array(["2.95"]).dictionary_encode(), MORNING),
        ("StockCode", lambda: pa.array(["X1"]).dictionary_encode(), MORNING),
        ("StockCode", lambda: pa.array([b"X1"], pa.large_binary()), MORNING),
        ("CustomerID", lambda: pa.array([1.0]), MORNING),
        ("CustomerID", lambda: pa.array([Decimal(1)]), MORNING),
    ],
)
def test_every_type_of_a_parquet_file_is_read(
    shop: Shop, tmp_path: Path, column: str, values: Callable[[], Any], moment: datetime
) -> None:
    report = shop.import_files(invoices(tmp_path, **{column: values()}))
    assert report.rejected == {}
    [event] = shop.events()
    assert (event.occurred_at, event.product_ids, event.user_id) == (moment, ("X1",), "1")
    assert [product.price for product in shop.products().values()] == [2.95]


def test_a_moment_that_no_calendar_has_costs_only_its_row(shop: Shop, tmp_path: Path) -> None:
    far = pa.array([2**62], pa.timestamp("ms"))
    with pytest.raises(ImportRejectedError, match="not a date: 1"):
        shop.import_files(invoices(tmp_path, InvoiceDate=far))


def test_a_nested_column_is_refused(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(ImportRejectedError, match="column StockCode is nested"):
        shop.import_files(invoices(tmp_path, StockCode=pa.array([["X1"]])))


def test_a_file_that_ends_too_early_leaves_the_stores_as_they_were(
    shop: Shop, tmp_path: Path
) -> None:
    lines = "".join(f"{number},Shirts,Blue,Shirt {number}\n" for number in range(20_000))
    packed = gzip.compress(f"{HEADER}\n{lines}".encode())
    (tmp_path / "styles.csv.gz").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(ImportRejectedError, match=r"damaged at line.*Nothing was imported"):
        shop.import_files(tmp_path / "styles.csv.gz")
    assert shop.products() == {}


def test_two_columns_of_one_name_are_refused(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "styles.csv").write_text(f"{HEADER},ID\n1,Shirts,Blue,Shirt,2\n")
    with pytest.raises(ImportRejectedError, match="several columns id"):
        shop.import_files(tmp_path / "styles.csv")


def test_a_field_that_is_too_long_costs_only_its_row(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "styles.csv").write_text(ROWS + f"3,Shirts,Blue,{'x' * 200_000}\n")
    report = shop.import_files(tmp_path / "styles.csv")
    assert report.rejected["field too long"].count == 1
    assert len((shop.storage.home / report.rejected_file).read_bytes()) < 10_000


PRODUCTS = ("asin", "title", "stars", "price", "reviews")


def products_book(folder: Path, *rows: tuple[object, ...]) -> Path:
    workbook = Workbook()
    for row in (PRODUCTS, *rows):
        workbook.worksheets[0].append(row)
    workbook.save(folder / "products.xlsx")
    return folder / "products.xlsx"


@pytest.mark.parametrize("junk", [datetime(1995, 2, 1), timedelta(hours=30), True, 1e300])  # noqa: DTZ001 - as a sheet has it
def test_a_cell_that_is_no_number_is_unknown_and_counted(
    shop: Shop, tmp_path: Path, junk: object
) -> None:
    report = shop.import_files(products_book(tmp_path, ("B1", "Dress", junk, junk, junk)))
    [product] = shop.products().values()
    assert (product.rating, product.price, product.rating_count) == (None, None, 0)
    assert report.ignored["price: not readable, treated as unknown"] == 1


def test_a_count_that_no_store_can_hold_is_unknown(shop: Shop, tmp_path: Path) -> None:
    shop.import_files(products_book(tmp_path, ("B1", "Dress", 4.5, 9, 10**20)))
    [product] = shop.products().values()
    assert (product.rating, product.rating_count) == (4.5, 0)


def test_formulas_that_were_never_computed_are_refused(shop: Shop, tmp_path: Path) -> None:
    file = products_book(tmp_path, ("B1", "Dress", 4.5, "=1+1", 3), ("B2", "Dress", 4, 2.5, 3))
    with pytest.raises(ImportRejectedError, match="formulas without their values"):
        shop.import_files(file)
    assert shop.products() == {}


def test_a_sheet_that_states_a_wrong_size_is_read_whole(shop: Shop, tmp_path: Path) -> None:
    file = products_book(tmp_path, ("B1", "Dress", 4.5, 2.5, 3))
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b'ref="A1:E2"', b'ref="A1"'))
    shop.import_files(file)
    assert set(shop.products()) == {"B1"}


@pytest.mark.parametrize(
    "text",
    [
        "sep=\t\n" + ROWS.replace(",", "\t"),
        ROWS.replace("shirt\n", "shirt,,\n"),
        ROWS.replace(",", ', "').replace("Blue", 'Blue"').replace("Red", 'Red"')
        .replace("Shirts", 'Shirts"').replace("shirt", 'shirt"').replace("Type", 'Type"')
        .replace("Colour", 'Colour"').replace("Name", 'Name"'),
    ],
)  # fmt: skip
def test_text_of_hand_made_exports_is_read(shop: Shop, tmp_path: Path, text: str) -> None:
    (tmp_path / "styles.csv").write_text(text)
    report = shop.import_files(tmp_path / "styles.csv")
    assert (titles_of(shop), report.rows_rejected) == (BOTH, 0)


def test_a_part_of_a_folder_that_cannot_be_read_is_not_left_out(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(ROWS)
    (tmp_path / "b.tsv").write_bytes(ROWS.replace("Name", "Name,Gr\xf6\xdfe").encode("latin-1"))
    with pytest.raises(ImportRejectedError, match="--encoding"):
        shop.import_files(tmp_path)
    (tmp_path / "b.tsv").unlink()
    (tmp_path / "b.csv").symlink_to(tmp_path / "nowhere.csv")
    with pytest.raises(ImportRejectedError, match=r"b\.csv is no file"):
        shop.import_files(tmp_path)
    assert shop.products() == {}


@pytest.mark.parametrize("encoding", ["idna", "punycode", "rot13"])
def test_an_encoding_that_no_file_has_is_refused(shop: Shop, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "styles.csv").write_text(ROWS)
    with pytest.raises(ImportRejectedError, match="--encoding"):
        shop.import_files(tmp_path / "styles.csv", written={"encoding": encoding})


def test_a_workbook_is_read_whatever_its_name(shop: Shop, tmp_path: Path) -> None:
    file = products_book(tmp_path, ("B1", "Dress", 4.5, 2.5, 3)).rename(tmp_path / "products.csv")
    shop.import_files(file)
    assert set(shop.products()) == {"B1"}


def test_two_columns_of_one_name_are_refused_also_where_the_file_need_not_have_it(
    shop: Shop, tmp_path: Path
) -> None:
    file = tmp_path / "products.csv"
    file.write_text("asin,title,stars,price,categoryName,CategoryName\nB1,Dress,4,2.5,Old,New\n")
    with pytest.raises(ImportRejectedError, match="several columns categoryName"):
        shop.import_files(file)
