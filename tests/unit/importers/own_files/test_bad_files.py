"""Files that are not what they should be: each has a verdict, and leaves nothing half done."""

from pathlib import Path

import pytest

from importers.catalogue_changes.turn import import_turn
from importers.run import CATALOGUE_REPORT
from personalization.domain.errors import ImportRejectedError
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Product
from tests.unit.importers.conftest import Shop

ROWS = "id,title,price\n1,Café,5.00\n2,Hat,6.00\n"


def ids(shop: Shop) -> set[str]:
    return set(shop.products())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no header"),
        (b"\n\n", "no header"),
        (b"id,title,price\n", "the file is empty"),
        (ROWS.replace(",", "^").encode(), "--map id=SKU"),
        (ROWS.encode("cp1252"), "--encoding windows-1252"),
        (b'id,title,price\n1,A,"1,299"\n', "--decimal"),
        (b"id,title,price,listed_on\n1,A,1,03/04/2024\n", "--dates"),
        (b"id,title,price\n1,A,5 EUR\n2,B,6 USD\n", "several currencies"),
        (b"id,title,price,Price\n1,A,5,6\n", "several columns price"),
        (b'{"id": "1"}\n{"x": 1}', "No known data set"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused_with_what_to_do(
    shop: Shop, tmp_path: Path, content: bytes, message: str
) -> None:
    (tmp_path / "feed.csv").write_bytes(content)
    with pytest.raises(ImportRejectedError, match=message):
        shop.import_files(tmp_path / "feed.csv")
    assert ids(shop) == set()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        (b"3\n", "wrong number of columns"),
        (b"3,a,b,c,d\n", "wrong number of columns"),
        (b'3,"open,7\n', "unclosed quote"),
        (b"3,a\x00b,7\n", "NUL byte"),
        (b"3,\xff\xfe,7\n", "not UTF-8"),
        (b"3," + b"x" * 150_000 + b",7\n", "field too long"),
    ],
)
def test_a_broken_line_costs_that_line_only(
    shop: Shop, tmp_path: Path, more: bytes, reason: str
) -> None:
    (tmp_path / "feed.csv").write_bytes(ROWS.encode() + more + b"4,Tie,8.00\n")
    report = shop.import_files(tmp_path / "feed.csv")
    assert (set(report.rejected), ids(shop)) == ({reason}, {"1", "2", "4"})


def test_a_product_that_is_parent_and_variant_at_once_is_taken_for_a_parent(
    shop: Shop, tmp_path: Path
) -> None:
    (tmp_path / "feed.csv").write_text(
        "id,title,group_id\nA,First,B\nB,Second,A\nC,Third,B\nD,Fourth,D\n"
    )
    report = shop.import_files(tmp_path / "feed.csv")
    groups = {product.product_id: product.group_id for product in shop.products().values()}
    assert groups == {"A": None, "B": None, "C": "B", "D": None}
    assert any("2 products are parents and variants at once" in note for note in report.notes)


def test_two_imports_into_one_home_do_not_run_at_once(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_text(ROWS)
    with (
        import_turn(shop.storage.home),
        pytest.raises(ImportRejectedError, match="Another import"),
    ):
        shop.import_files(tmp_path / "feed.csv")
    shop.import_files(tmp_path / "feed.csv")
    assert ids(shop) == {"1", "2"}


def test_strict_keeps_nothing_where_a_row_is_rejected(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "feed.csv").write_text(f"{ROWS}3,,7\n")
    with pytest.raises(ImportRejectedError, match="Strict: 1 rows"):
        shop.import_files(tmp_path / "feed.csv", strict=True)
    assert ids(shop) == set()
    assert not shop.storage.import_report_file.with_name(CATALOGUE_REPORT).exists()


def test_a_variant_that_is_left_out_of_a_whole_file_is_retired_and_its_parent_follows(
    shop: Shop, tmp_path: Path
) -> None:
    file = tmp_path / "feed.csv"
    rows = ["S,5", "M,6", "L,7"]
    lines = [f"V{row[0]},Shirt {row[0]},P,{row}" for row in rows]
    file.write_text("\n".join(["id,title,group_id,size,price", *lines]))
    shop.import_files(file, full=True)
    file.write_text("\n".join(["id,title,group_id,size,price", *lines[1:]]))
    report = shop.import_files(file, full=True)
    products: dict[ProductId, Product] = shop.products()
    assert (report.retired, products[ProductId("P")].price) == (1, 6.0)
    details = shop.stores.catalogue.read_details([ProductId("P")])[ProductId("P")]
    assert set(details.sizes) == {"M", "L"}
    assert products[ProductId("VS")].retired_at is not None
