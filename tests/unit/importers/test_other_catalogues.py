"""Amazon India's listing pages and the fashion styles."""

from pathlib import Path

import pytest

from tests.unit.importers.conftest import Shop

INDIA = (
    "name,main_category,sub_category,image,link,ratings,no_of_ratings,discount_price,actual_price"
)
LINK = "https://www.amazon.in/x/dp/B0BRKXTSBT/ref=sr"


def listing(
    ratings: str = "4.2",
    raters: str = '"2,255"',
    discounted: str = '"₹32,999"',
    full: str = '"₹58,990"',
    link: str = LINK,
) -> str:
    return (
        f"Cooler,appliances,Air Conditioners,pic.jpg,{link},{ratings},{raters},{discounted},{full}"
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "some.csv"


def write(file: Path, header: str, *rows: str) -> Path:
    file.write_text("\n".join((header, *rows)) + "\n")
    return file


def test_a_listing_is_a_product_in_rupees(shop: Shop, file: Path) -> None:
    shop.import_files(write(file, INDIA, listing()))
    [product] = shop.products().values()
    assert product.product_id == "B0BRKXTSBT"
    assert (product.price, product.currency) == (32999.0, "INR")
    assert (product.rating, product.rating_count) == (4.2, 2255)
    assert product.category_id == "air-conditioners"


def test_the_full_price_counts_where_there_is_no_discount(shop: Shop, file: Path) -> None:
    shop.import_files(write(file, INDIA, listing(discounted="")))
    [product] = shop.products().values()
    assert product.price == 58990.0


@pytest.mark.parametrize("junk", ["Get", "FREE", "₹68.99"])
def test_words_and_prices_are_no_ratings(shop: Shop, file: Path, junk: str) -> None:
    report = shop.import_files(write(file, INDIA, listing(ratings=junk, raters="Only 1 left")))
    [product] = shop.products().values()
    assert (product.rating, product.rating_count) == (None, 0)
    assert report.ignored == {
        "ratings: not readable, treated as unknown": 1,
        "no_of_ratings: not readable, treated as unknown": 1,
    }


def test_a_listing_without_a_number_in_its_address_still_has_a_stable_id(
    shop: Shop, file: Path
) -> None:
    rows = listing(link="/gp/one"), listing(link="/gp/two")
    shop.import_files(write(file, INDIA, *rows))
    first = set(shop.products())
    shop.import_files(write(file, INDIA, *rows))
    assert set(shop.products()) == first
    assert len(first) == 2


STYLES = (
    "id,gender,masterCategory,subCategory,articleType,baseColour,season,usage,productDisplayName"
)


def test_a_style_is_a_product_of_its_article_type(shop: Shop, file: Path) -> None:
    rows = (
        "15970,Men,Apparel,Topwear,Track Pants,Navy Blue,Fall,Casual,Turtle Check Men Shirt",
        "15971,Men,Apparel,Topwear,Shirts,Blue,Fall,Casual,",
        "15972,Men,Apparel,Topwear,Shirts,Blue,Fall,Casual,A shirt, with a comma",
    )
    report = shop.import_files(write(file, STYLES, *rows))
    [product] = shop.products().values()
    assert (product.product_id, product.category_id) == ("15970", "track-pants")
    assert (product.colour, product.price, product.rating) == ("navy blue", None, None)
    assert set(report.rejected) == {"no title", "wrong number of columns"}
    assert {"prices", "ratings", "events"} <= report.absent.keys()
