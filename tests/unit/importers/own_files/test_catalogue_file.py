"""A shop's own catalogue, whatever kind of file it comes in."""

import json
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from personalization.catalogue import groups
from personalization.domain.errors import ImportRejectedError
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Availability, Category, Product, ProductDetails
from tests.unit.importers.conftest import Shop

RICH: dict[str, Any] = {
    "id": "A1",
    "title": "Linen <b>dress</b>",
    "description": "<p>Light &amp; cool</p><script>alert(1)</script>",
    "category_path": "Women > Dresses",
    "brand": "Acme",
    "gender": "Female",
    "sizes": "S|M",
    "colour": "red",
    "material": "linen",
    "tags": "summer, light",
    "price": "19.99",
    "list_price": "29.99",
    "currency": "EUR",
    "cost": "8.00",
    "availability": "in stock",
    "stock": "5",
    "image_url": "https://shop.example/a.jpg",
    "image_urls": "https://shop.example/1.jpg|https://shop.example/2.jpg",
    "page_url": "/products/a1",
    "listed_on": "2024-01-03",
    "available_from": "2024-02-01T10:00:00+01:00",
    "rating": "4.5",
    "rating_count": "12",
    "markets": "DE|AT",
    "attributes.fit": "slim",
    "attributes.wash": "30",
    "attributes.organic": "yes",
    "gtin": "0012345678905",
}
PRODUCT = Product(
    product_id=ProductId("A1"),
    category_id=CategoryId("women.dresses"),
    title="Linen <b>dress</b>",
    price=19.99,
    currency="EUR",
    rating=4.5,
    rating_count=12,
    image_url="https://shop.example/a.jpg",
    colour="red",
    listed_on=date(2024, 1, 3),
    brand="Acme",
    list_price=29.99,
    availability=Availability.IN_STOCK,
    stock=5,
    available_from=datetime(2024, 2, 1, 9, tzinfo=UTC),
    markets=("de", "at"),
)
DETAILS = ProductDetails(
    product_id=ProductId("A1"),
    description="Light & cool",
    category_path=("Women", "Dresses"),
    gender="female",
    sizes=("S", "M"),
    material="linen",
    tags=("summer", "light"),
    cost=8.0,
    page_url="/products/a1",
    image_urls=("https://shop.example/1.jpg", "https://shop.example/2.jpg"),
    attributes=(
        ("fit", "slim"), ("wash", 30.0), ("organic", True), ("gtin", "0012345678905"),
    ),
)  # fmt: skip
JSON_VALUES: dict[str, Any] = {
    "category_path": ["Women", "Dresses"],
    "sizes": ["S", "M"],
    "tags": ["summer", "light"],
    "price": 19.99,
    "stock": 5,
    "attributes": {"fit": "slim", "wash": 30, "organic": True},
}


def write_csv(path: Path, *rows: dict[str, Any], sign: str = ";") -> Path:
    names = list(dict.fromkeys(name for row in rows for name in row))
    quoted = [[f'"{row.get(name, "")}"' for name in names] for row in rows]
    path.write_text("\n".join([sign.join(names), *map(sign.join, quoted)]) + "\n")
    return path


def write_jsonl(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def write_rich(path: Path) -> Path:
    if path.suffix == ".csv":
        return write_csv(path, RICH)
    nested = {name: value for name, value in RICH.items() if not name.startswith("attributes")}
    if path.suffix == ".jsonl":
        return write_jsonl(path, {**nested, **JSON_VALUES})
    typed = {**RICH, **{name: JSON_VALUES[name] for name in ("sizes", "tags", "price", "stock")}}
    typed |= {"attributes.wash": 30, "attributes.organic": True}
    pq.write_table(pa.table({name: pa.array([value]) for name, value in typed.items()}), path)
    return path


def row(product_id: str, **values: Any) -> dict[str, Any]:
    return {"id": product_id, "title": f"Thing {product_id}", "price": "5", **values}


def retail(shop: Shop, product_id: str) -> Product:
    return shop.products()[ProductId(product_id)]


@pytest.mark.parametrize("name", ["feed.csv", "feed.jsonl", "feed.parquet"])
def test_all_that_is_known_of_a_product_is_kept(shop: Shop, tmp_path: Path, name: str) -> None:
    report = shop.import_files(write_rich(tmp_path / name))
    assert report.rejected == report.ignored == {}
    assert asdict(retail(shop, "A1")) == asdict(PRODUCT)
    details = shop.stores.catalogue.read_details([ProductId("A1")])[ProductId("A1")]
    assert {**asdict(details), "attributes": dict(details.attributes)} == {
        **asdict(DETAILS),
        "attributes": dict(DETAILS.attributes),
    }
    assert shop.stores.catalogue.all_categories() == [
        Category(category_id=CategoryId("women"), name="Women"),
        Category(
            category_id=CategoryId("women.dresses"), name="Dresses", parent_id=CategoryId("women")
        ),
    ]


def test_columns_have_many_names_and_others_are_mapped(shop: Shop, tmp_path: Path) -> None:
    header = "SKU,Product Name,Vendor,Color,Our price,Picture URL"
    (tmp_path / "feed.csv").write_text(f"{header}\nX,Hat,Acme,blue,7.50,https://a.example/x.jpg\n")
    report = shop.import_files(tmp_path / "feed.csv", columns={"price": "Our price"})
    product = retail(shop, "X")
    assert (product.title, product.brand, product.colour, product.price) == (
        "Hat", "Acme", "blue", 7.5,
    )  # fmt: skip
    assert product.image_url == "https://a.example/x.jpg"
    assert not any("not read" in note for note in report.notes)
    assert any("Our price" in note for note in shop.import_files(tmp_path / "feed.csv").notes)


def test_variants_have_one_parent_with_what_they_offer(shop: Shop, tmp_path: Path) -> None:
    file = write_csv(
        tmp_path / "feed.csv",
        row("V1", group_id="P", size="S", colour="blue", stock="0", price="10"),
        row("V2", group_id="P", size="M", colour="blue", stock="3", price="12"),
    )
    report = shop.import_files(file)
    parent = retail(shop, "P")
    assert (report.products, report.new_products) == (2, 3)
    assert (parent.price, parent.colour, parent.stock, parent.group_id) == (12.0, "blue", 3, None)
    details = shop.stores.catalogue.read_details([ProductId("P")])[ProductId("P")]
    assert details.sizes == ("S", "M")
    assert shop.import_files(file).changed_products == 0


def test_thousands_of_variants_are_one_product(shop: Shop, tmp_path: Path) -> None:
    rows = [row(f"V{number}", group_id="P") for number in range(3_000)]
    report = shop.import_files(write_jsonl(tmp_path / "feed.jsonl", *rows))
    assert (report.new_products, retail(shop, "P").title) == (3_001, "Thing")


def test_a_group_that_is_too_large_is_refused_before_anything_is_written(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(groups, "MOST_VARIANTS", 2)
    rows = [row(f"V{number}", group_id="P") for number in range(3)]
    with pytest.raises(ImportRejectedError, match=r"variants.*Nothing was imported"):
        shop.import_files(write_jsonl(tmp_path / "feed.jsonl", *rows))
    assert shop.products() == {}


def test_a_dry_run_says_what_would_change_and_writes_nothing(shop: Shop, tmp_path: Path) -> None:
    shop.import_files(write_csv(tmp_path / "feed.csv", *map(row, "ABCD")))
    before = shop.products()
    held_out = shop.storage.held_out_file
    held_out.write_text("kept\n")
    home = sorted(shop.storage.home.iterdir())
    file = write_csv(
        tmp_path / "next.csv",
        row("A"),
        row("B", price="6", brand="Acme", material="silk"),
        row("C", title=""),
        row("E"),
    )
    report = shop.import_files(file, full=True, dry_run=True)
    assert (report.new_products, report.changed_products, report.unchanged_products) == (1, 1, 1)
    assert report.changed_fields == {"price": 1, "brand": 1, "material": 1}
    assert (report.retired, set(report.rejected)) == (1, {"no title"})
    assert shop.products() == before
    assert sorted(shop.storage.home.iterdir()) == home
    assert held_out.read_text() == "kept\n"
    real = shop.import_files(file, full=True)
    assert (real.new_products, real.changed_fields) == (1, report.changed_fields)
    assert retail(shop, "D").retired_at is not None
    assert retail(shop, "C").retired_at is None
    assert held_out.read_text() == "kept\n"


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"title": " \u200b\x07 "}, "no title"),
        ({"title": "x" * 100_000}, "not a title"),
        ({"id": "2.05301E+18"}, "id rounded by a spreadsheet"),
        ({"id": "x" * 129}, "not an id"),
        ({"availability": "perhaps"}, "unknown availability"),
        ({"currency": "Taler"}, "unknown currency"),
        ({"price": "5%"}, "not a price"),
        ({"category_id": "c", "category_parent_id": "c"}, "category is its own parent"),
    ],
)
def test_a_row_that_makes_no_product_is_rejected_alone(
    shop: Shop, tmp_path: Path, cells: dict[str, str], reason: str
) -> None:
    file = write_csv(tmp_path / "feed.csv", row("1"), {**row("2"), **cells})
    report = shop.import_files(file)
    assert (set(report.rejected), set(shop.products())) == ({reason}, {"1"})


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("image_url", "javascript:alert(1)"),
        ("image_url", "https://"),
        ("page_url", "//evil.example/x"),
        ("price", "-3"),
        ("rating", "11"),
        ("stock", "many"),
        ("brand", "x" * 201),
    ],
)
def test_a_value_that_makes_no_sense_is_unknown_and_counted(
    shop: Shop, tmp_path: Path, column: str, value: str
) -> None:
    report = shop.import_files(write_csv(tmp_path / "feed.csv", {**row("1"), column: value}))
    assert report.ignored == {f"{column}: not readable, treated as unknown": 1}
    assert value not in asdict(retail(shop, "1")).values()
    assert not shop.stores.catalogue.read_details([ProductId("1")])


def test_a_column_of_stock_may_say_that_a_product_is_sold_out(shop: Shop, tmp_path: Path) -> None:
    rows = [{**row("1"), "stock": "Sold out"}, {**row("2"), "stock": "7"}]
    report = shop.import_files(write_csv(tmp_path / "feed.csv", *rows))
    assert report.ignored == {}
    assert [retail(shop, product_id).stock for product_id in ("1", "2")] == [0, 7]


def test_titles_keep_markup_and_lose_what_cannot_be_seen(shop: Shop, tmp_path: Path) -> None:
    hostile = "<img src=x onerror=alert(1)>\u202e\x00\x1b[31m two\nlines "
    shop.import_files(write_jsonl(tmp_path / "feed.jsonl", row("1", title=hostile)))
    assert retail(shop, "1").title == "<img src=x onerror=alert(1)>[31m two lines"


@pytest.mark.parametrize(
    ("prices", "price", "currency"),
    [
        (["1.299,00 €", "5,00 €"], 1299.0, "EUR"),
        (["$1,299.00", "$5.00"], 1299.0, "USD"),
        (["1 299 kr", "5 kr"], 1299.0, "SEK"),
        (["1,299.00 USD", "5.00 USD"], 1299.0, "USD"),
    ],
)
def test_prices_are_read_as_their_column_is_written(
    shop: Shop, tmp_path: Path, prices: list[str], price: float, currency: str
) -> None:
    file = write_csv(tmp_path / "feed.csv", *map(row, "12"))
    rows = [row(str(place), price=text) for place, text in enumerate(prices)]
    written = {"currency": currency} if currency == "SEK" else {}
    shop.import_files(write_csv(file, *rows), written=written)
    assert (retail(shop, "0").price, retail(shop, "0").currency) == (price, currency)


def test_a_price_that_can_be_read_in_two_ways_is_refused(shop: Shop, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "feed.csv", row("1", price="1,299"))
    with pytest.raises(ImportRejectedError, match=r"--decimal point.*--decimal comma"):
        shop.import_files(file)
    shop.import_files(file, written={"decimal": "point"})
    assert retail(shop, "1").price == 1299.0


def test_the_last_of_the_most_complete_rows_of_a_product_stays(shop: Shop, tmp_path: Path) -> None:
    file = write_csv(tmp_path / "feed.csv", row("1", brand="A"), row("1", brand="B"), row("1"))
    report = shop.import_files(file)
    assert (retail(shop, "1").brand, len(shop.products())) == ("B", 1)
    assert any("2 rows repeat a product" in note for note in report.notes)


def test_categories_that_lead_round_in_a_circle_are_refused(shop: Shop, tmp_path: Path) -> None:
    file = write_csv(
        tmp_path / "feed.csv",
        row("1", category_id="a", category_parent_id="b"),
        row("2", category_id="b", category_parent_id="a"),
    )
    with pytest.raises(ImportRejectedError, match="its own parent: a > b > a"):
        shop.import_files(file)
    assert shop.products() == {}


@pytest.mark.parametrize(
    ("said", "known", "after"),
    [
        ({"category": "skirts"}, ("skirts", "Skirts", "women"), ("Skirts", "women")),
        ({"category": "women/skirts"}, ("women.skirts", "Skirts", None), ("Skirts", None)),
        ({"category_id": "7"}, ("7", "Skirts", "women"), ("Skirts", "women")),
        ({"category_id": "7", "category": "Roben"}, ("7", "Skirts", "women"), ("Roben", "women")),
        ({"category_id": "7", "category_parent_id": "men"}, ("7", "Kilts", "x"), ("Kilts", "men")),
        ({"category_id": "8", "category_parent_id": "7"}, ("7", "Skirts", "x"), ("Skirts", "x")),
    ],
)  # fmt: skip
def test_a_reference_to_a_category_changes_nothing_of_it(
    shop: Shop,
    tmp_path: Path,
    said: dict[str, str],
    known: tuple[str, str, str | None],
    after: tuple[str, str | None],
) -> None:
    key, name, above = known
    parent = None if above is None else CategoryId(above)
    catalogue = shop.stores.catalogue
    catalogue.write_categories(
        [
            Category(category_id=CategoryId("women"), name="Women's"),
            Category(category_id=CategoryId(key), name=name, parent_id=parent),
        ]
    )
    shop.import_files(write_csv(tmp_path / "feed.csv", row("1") | said))
    found = {each.category_id: each for each in catalogue.all_categories()}
    assert (found[CategoryId(key)].name, found[CategoryId(key)].parent_id) == after
    assert found[CategoryId("women")].name == "Women's"


def test_lines_that_are_no_objects_cost_only_themselves(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "feed.jsonl"
    good = json.dumps(row("1"))
    file.write_text(f'\ufeff{good}\n{{"id": 2\n[1]\n\n{good.replace("1", "3")}\n')
    report = shop.import_files(file)
    assert set(shop.products()) == {"1", "3"}
    assert report.rejected["not a JSON object"].count == 2
    file.write_text("[1, 2]")
    with pytest.raises(ImportRejectedError, match="JSON lines"):
        shop.import_files(file)
    file.write_text("{" + "x" * (2 << 20))
    with pytest.raises(ImportRejectedError, match="more than 1,048,576 bytes"):
        shop.import_files(file)
