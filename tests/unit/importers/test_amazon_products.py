"""Amazon Products 2023 and its traps."""

from pathlib import Path

import pytest

from personalization.domain.product import Product
from tests.unit.importers.conftest import Shop

HEADER = (
    "asin,title,imgUrl,productURL,stars,reviews,price,listPrice,category_id,isBestSeller,"
    "boughtInLastMonth"
)


def row(
    *,
    asin: str = "B000000001",
    title: str = "Linen dress",
    stars: object = 4.5,
    reviews: object = 12,
    price: object = 19.99,
    category: object = 104,
) -> str:
    return f"{asin},{title},pic.jpg,,{stars},{reviews},{price},0.0,{category},False,300"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "amazon_categories.csv").write_text("id,category_name\n104,Dresses\n7,Coats\n")
    return tmp_path / "amazon_products.csv"


def write(file: Path, *rows: str, header: str = HEADER) -> Path:
    file.write_text("\n".join((header, *rows)) + "\n")
    return file


def only_product(shop: Shop) -> Product:
    [product] = shop.products().values()
    return product


def test_a_row_is_a_product_with_its_rating(shop: Shop, file: Path) -> None:
    report = shop.import_files(write(file, row()))
    assert only_product(shop) == Product(
        product_id=only_product(shop).product_id,
        category_id=only_product(shop).category_id,
        title="Linen dress",
        price=19.99,
        currency="USD",
        rating=4.5,
        rating_count=12,
        bought_last_month=300,
        image_url="pic.jpg",
    )
    assert only_product(shop).product_id == "B000000001"
    [category] = shop.stores.catalogue.all_categories()
    assert (category.category_id, category.name) == ("104", "Dresses")
    assert "events" in report.absent
    assert not shop.storage.held_out_file.exists()


@pytest.mark.parametrize("stars", ["0", "0.0", ""])
def test_zero_stars_mean_unrated_and_never_bad(shop: Shop, file: Path, stars: str) -> None:
    shop.import_files(write(file, row(stars=stars, reviews=9)))
    assert only_product(shop).rating is None
    assert only_product(shop).rating_count == 0


def test_a_rating_without_reviews_stays_a_rating(shop: Shop, file: Path) -> None:
    shop.import_files(write(file, row(reviews=0)))
    assert only_product(shop).rating == 4.5
    assert only_product(shop).rating_count == 0


def test_a_price_of_zero_is_unknown(shop: Shop, file: Path) -> None:
    shop.import_files(write(file, row(price="0.0")))
    assert only_product(shop).price is None


@pytest.mark.parametrize("stars", ["Get", "₹68.99", "FREE", "7.5", "-1", "inf"])
def test_junk_for_stars_is_counted_and_leaves_the_product_unrated(
    shop: Shop, file: Path, stars: str
) -> None:
    report = shop.import_files(write(file, row(stars=stars)))
    assert only_product(shop).rating is None
    assert report.ignored == {"stars: not readable, treated as unknown": 1}


def test_signs_and_commas_in_prices_are_read(shop: Shop, file: Path) -> None:
    shop.import_files(write(file, row(price='"₹1,899.50"', reviews='"2,255"')))
    assert only_product(shop).price == 1899.5
    assert only_product(shop).rating_count == 2255


def test_a_product_without_title_or_number_is_rejected(shop: Shop, file: Path) -> None:
    report = shop.import_files(write(file, row(), row(title=" "), row(asin="")))
    assert {reason: rejection.count for reason, rejection in report.rejected.items()} == {
        "no title": 1,
        "no asin": 1,
    }


def test_the_last_of_the_most_complete_rows_of_a_product_stays(shop: Shop, file: Path) -> None:
    rows = (
        row(title="First", price=1),
        row(title="Second", price=2),
        row(title="Incomplete", price=0),
    )
    report = shop.import_files(write(file, *rows))
    assert only_product(shop).title == "Second"
    assert "2 rows repeat a product; the last of the most complete stays" in report.notes
    assert report.products == 1


def test_an_unknown_category_is_kept_as_uncategorised(shop: Shop, file: Path) -> None:
    report = shop.import_files(write(file, row(category=999), row(asin="B2", category="")))
    assert {product.category_id for product in shop.products().values()} == {"uncategorised"}
    assert any("uncategorised" in note for note in report.notes)


def test_without_a_list_of_categories_their_numbers_are_their_names(
    shop: Shop, tmp_path: Path
) -> None:
    shop.import_files(write(tmp_path / "products.csv", row(category="104.0")))
    [category] = shop.stores.catalogue.all_categories()
    assert (category.category_id, category.name) == ("104", "Category 104")


def test_hindi_titles_and_category_names_stay_as_they_are(shop: Shop, file: Path) -> None:
    header = HEADER.replace("category_id", "categoryName")
    shop.import_files(write(file, row(title="हिंदी शर्ट", category="पुरुषों के कपड़े"), header=header))
    assert only_product(shop).title == "हिंदी शर्ट"
    assert only_product(shop).currency == "INR"
    [category] = shop.stores.catalogue.all_categories()
    assert (category.category_id, category.name) == ("पुरुषों-के-कपड़े", "पुरुषों के कपड़े")


def test_the_currency_follows_the_address_of_the_product(shop: Shop, file: Path) -> None:
    address = row().replace("pic.jpg,,", "pic.jpg,https://www.amazon.co.uk/dp/B000000001,")
    shop.import_files(write(file, address))
    assert only_product(shop).currency == "GBP"


def test_broken_rows_are_told_and_the_rest_is_imported(shop: Shop, file: Path) -> None:
    lines = (
        HEADER,
        row(asin="B1"),
        "B2,too short",
        row(asin="B3", title='"never closed'),
        row(asin="B4"),
        row(asin="B5", title="caf\0"),
        row(asin="B6"),
    )
    file.write_bytes("\n".join(lines).encode() + b"\nB7,\xff\n" + row(asin="B8").encode())
    report = shop.import_files(file)
    assert set(shop.products()) == {"B1", "B4", "B6", "B8"}
    assert {reason: rejection.examples[0].row for reason, rejection in report.rejected.items()} == {
        "wrong number of columns": 3,
        "unclosed quote": 4,
        "NUL byte": 6,
        "not UTF-8": 8,
    }
    assert (report.rows_read, report.rows_rejected) == (8, 4)
