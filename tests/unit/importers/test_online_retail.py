"""Invoices of the gift shop."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from importers.head_noun import head_noun
from personalization.domain.event import EventType
from tests.unit.importers.conftest import Shop

HEADER = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"


def line(  # noqa: PLR0913 - a row of the file
    *,
    invoice: str = "536365",
    code: str = "85123A",
    description: str = "WHITE HANGING HEART",
    quantity: object = 6,
    day: str = "2010-12-01 08:26:00",
    price: object = 2.55,
    customer: str = "17850",
    country: str = "United Kingdom",
) -> str:
    return f"{invoice},{code},{description},{quantity},{day},{price},{customer},{country}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "Online Retail.csv"


def write(file: Path, *rows: str, header: str = HEADER) -> Path:
    file.write_text("\n".join((header, *rows)) + "\n")
    return file


def test_an_invoice_is_one_checkout_with_its_distinct_products(shop: Shop, file: Path) -> None:
    rows = line(), line(code="71053"), line(), line(invoice="536366", code="22633")
    report = shop.import_files(write(file, *rows))
    first, second = sorted(shop.events(), key=lambda event: -len(event.product_ids))
    assert first.type is EventType.CHECKOUT
    assert first.product_ids == ("85123A", "71053")
    assert first.user_id == "17850"
    assert first.region == "gb"
    assert first.occurred_at == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert second.product_ids == ("22633",)
    assert second.session_id != first.session_id
    assert report.sessions == 2


def test_an_invoice_that_another_one_interrupts_is_still_one(shop: Shop, file: Path) -> None:
    rows = line(), line(invoice="9", code="1"), line(code="71053", day="2010-12-01 08:27:00")
    shop.import_files(write(file, *rows))
    assert sorted(event.product_ids for event in shop.events()) == [("1",), ("85123A", "71053")]


def test_what_is_no_sale_of_a_product_is_set_aside_with_its_reason(shop: Shop, file: Path) -> None:
    report = shop.import_files(
        write(
            file,
            line(),
            line(invoice="C536379"),
            line(quantity=-3),
            line(invoice="A563185"),
            line(code="POST"),
            line(code="m"),
            line(code="BANK CHARGES"),
            line(code="AMAZONFEE"),
            line(code="gift_0001_20"),
            line(description=""),
            line(price=0),
            line(price=-11062.06),
            line(day="yesterday"),
            line(quantity="many"),
            line(invoice=""),
            line(code=""),
        )
    )
    assert {reason: rejection.count for reason, rejection in report.rejected.items()} == {
        "return": 2,
        "not a sale": 1,
        "not a product": 5,
        "no description": 1,
        "no price": 2,
        "not a date": 1,
        "not a number": 1,
        "no invoice number": 1,
        "no stock code": 1,
    }
    assert len(shop.events()) == 1


@pytest.mark.parametrize(
    ("country", "region"),
    [
        ("EIRE", "ie"),
        ("RSA", "za"),
        ("USA", "us"),
        ("Channel Islands", "channel-islands"),
        ("European Community", None),
        ("Unspecified", None),
    ],
)
def test_countries_become_codes(shop: Shop, file: Path, country: str, region: str | None) -> None:
    shop.import_files(write(file, line(country=country)))
    assert shop.events()[0].region == region


def test_a_sale_to_nobody_known_has_no_user(shop: Shop, file: Path) -> None:
    shop.import_files(write(file, line(customer="")))
    assert shop.events()[0].user_id is None


def test_title_and_price_are_the_most_frequent(shop: Shop, file: Path) -> None:
    rows = (
        line(description="wrongly coded", price=9),
        line(invoice="2", code="85123a", day="2010-11-30 09:00:00"),
        line(invoice="3"),
    )
    shop.import_files(write(file, *rows))
    [product] = shop.products().values()
    assert product.product_id == "85123A"
    assert product.title == "White hanging heart"
    assert (product.price, product.currency) == (2.55, "GBP")
    assert product.listed_on == date(2010, 11, 30)


def test_a_noun_that_enough_products_share_is_a_category(shop: Shop, file: Path) -> None:
    rows = [
        line(code=f"1{number:04d}", description=f"SET OF {number} CAKE TINS WITH LID")
        for number in range(10)
    ]
    shop.import_files(write(file, *rows, line(code="2", description="ODD THING")))
    assert {product.category_id for product in shop.products().values()} == {"tin", "other"}
    names = [category.name for category in shop.stores.catalogue.all_categories()]
    assert names == ["Other", "Tin"]


@pytest.mark.parametrize(
    ("description", "noun"),
    [
        ("SET OF 3 RETROSPOT CAKE TINS", "tin"),
        ("RED TOADSTOOL LED NIGHT LIGHT", "light"),
        ("JUMBO BAG PINK", "bag"),
        ("JUMBO BAG VINTAGE LEAF", "bag"),
        ("60 CAKE CASES DOLLY GIRL DESIGN", "case"),
        ("DOILY", "doily"),
        ("CHERRY LIGHTS FOR GARDEN", "light"),
        ("60 TEATIME FAIRY CAKE CASES", "case"),
        ("GLASS JAR OF PEARLS", "jar"),
        ("SMALL LUNCH BOXES", "box"),
        ("12", None),
    ],
)
def test_the_head_noun_is_the_last_word_before_a_preposition(
    description: str, noun: str | None
) -> None:
    assert head_noun(description) == noun


def test_the_second_edition_and_american_dates_are_read_too(shop: Shop, file: Path) -> None:
    header = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country"
    rows = (
        line(day="12/1/2010 8:26", customer="17850.0"),
        line(invoice="536366", day="12/13/2010 8:26", customer="17851.0"),
    )
    report = shop.import_files(write(file, *rows, header=header))
    assert report.readings["InvoiceDate"] == "month/day/year"
    event, _ = sorted(shop.events(), key=lambda event: event.occurred_at)
    assert event.occurred_at == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert event.user_id == "17850"
