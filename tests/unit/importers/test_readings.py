"""How numbers, dates and currencies are written: the whole column decides, nothing is guessed."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from importers.readings.kinds import ColumnKind
from importers.readings.moments import MomentColumn
from importers.readings.numbers import DecimalSigns, NumberColumn
from importers.readings.prices import Prices
from personalization.domain.errors import ImportRejectedError
from tests.unit.importers.conftest import Shop

HEADER = "InvoiceNo;StockCode;Description;Quantity;InvoiceDate;UnitPrice;CustomerID;Country"


def invoices(
    folder: Path, *rows: tuple[str, str], country: str = "Germany", name: str = "shop.csv"
) -> Path:
    """Write one invoice of one product for each date and price."""
    lines = [
        f'70000{number};X{number};RED MUG;1;"{day}";"{price}";{number};{country}'
        for number, (day, price) in enumerate(rows, 1)
    ]
    path = folder / name
    path.write_text("\n".join((HEADER, *lines)) + "\n")
    return path


def prices_of(shop: Shop) -> list[float | None]:
    return [shop.products()[product_id].price for product_id in sorted(shop.products())]


def moments_of(shop: Shop) -> list[datetime]:
    return [
        event.occurred_at for event in sorted(shop.events(), key=lambda event: event.user_id or "")
    ]


def with_days(folder: Path, *days: str) -> Path:
    return invoices(folder, *((day, "1") for day in days))


def with_prices(folder: Path, *prices: str) -> Path:
    return invoices(folder, *(("2024-12-03", price) for price in prices))


def test_a_file_with_decimal_commas_and_days_first_comes_in_as_it_is_meant(
    shop: Shop, tmp_path: Path
) -> None:
    file = tmp_path / "shop.csv"
    file.write_text(
        f"{HEADER}\n"
        "700001;X1;RED MUG;2;3/12/2024 09:10;2,95;1;Germany\n"
        "700002;X1;RED MUG;1;13/12/2024 09:10;2,95;2;Germany\n"
    )
    report = shop.import_files(file)
    assert prices_of(shop) == [2.95]
    assert [event.occurred_at for event in shop.events()] == [
        datetime(2024, 12, 3, 9, 10, tzinfo=UTC),
        datetime(2024, 12, 13, 9, 10, tzinfo=UTC),
    ]
    assert {event.region for event in shop.events()} == {"de"}
    assert report.readings["UnitPrice"] == "decimal comma"
    assert report.readings["InvoiceDate"] == "day/month/year"
    assert report.readings["delimiter"] == "';'"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (("2,95",), [2.95]),
        (("1.234,56", "1.234"), [1234.56, 1234]),
        (("1,234.56", "1,234"), [1234.56, 1234]),
        (("1 234,56",), [1234.56]),
        (("1\u202f234,56", "1\xa0234,5"), [1234.56, 1234.5]),
        (("1'234.56", "1\u2019234"), [1234.56, 1234]),
        (("1.234.567", "2,5"), [1234567, 2.5]),
        (("12,34,567", "1,234"), [1234567, 1234]),
        (("€2,95", "2,95 €", "EUR 2,95", "2,95 EUR", "+2,95"), [2.95] * 5),
        (("\u0662\u066b\u0669\u0665", "\u0663"), [2.95, 3]),
        (("\uff12\uff0c\uff19\uff15",), [2.95]),
        (("0,500",), [0.5]),
        (("5,-",), [5]),
        ((".95", "1"), [0.95, 1]),
        (("1234,567",), [1234.567]),
        (("₹499", "Rs.1,234.50", "Rs. 5"), [499, 1234.5, 5]),
    ],
)  # fmt: skip
def test_numbers_are_read_as_the_whole_column_has_them(
    written: tuple[str, ...], meant: list[float]
) -> None:
    column = NumberColumn("price", ColumnKind.MONEY, DecimalSigns(), Prices(None, "EUR"))
    for text in written:
        column.see(text)
    assert column.problem() is None
    assert [column.read(text) for text in written] == meant


@pytest.mark.parametrize("price", ["-2,95", "2,95-", "(2,95)", "\u22122,95", "-2,95 €", "(€2,95)"])
def test_negative_amounts_are_no_prices_however_they_are_written(
    shop: Shop, tmp_path: Path, price: str
) -> None:
    report = shop.import_files(with_prices(tmp_path, "2,95", price))
    assert {reason: kind.count for reason, kind in report.rejected.items()} == {"no price": 1}
    assert report.rejected["no price"].examples[0].detail == "price -2.95"


@pytest.mark.parametrize(
    ("written", "point", "comma"),
    [(("1,234", "5"), "1,234", "1.234"), (("1.234", "12"), "1.234", "1,234")],
)
def test_a_column_that_tells_nothing_is_refused_with_both_readings_until_an_option_says_which(
    shop: Shop, tmp_path: Path, written: tuple[str, ...], point: str, comma: str
) -> None:
    file = with_prices(tmp_path, *written)
    with pytest.raises(ImportRejectedError, match="UnitPrice") as refusal:
        shop.import_files(file)
    assert f"{point} with --decimal point and {comma} with --decimal comma" in str(refusal.value)
    assert (shop.events(), shop.products()) == ([], {})
    shop.import_files(file, written={"decimal": "comma"})
    assert prices_of(shop)[0] == float(comma.replace(",", ""))
    shop.import_files(file, written={"decimal": "point"})
    assert prices_of(shop)[0] == float(point.replace(",", ""))


def test_a_column_with_both_signs_is_refused_and_with_an_option_the_other_rows_are(
    shop: Shop, tmp_path: Path
) -> None:
    file = with_prices(tmp_path, "2,95", "3.10")
    with pytest.raises(ImportRejectedError, match=r"`3\.10` has a decimal point and `2,95`"):
        shop.import_files(file)
    report = shop.import_files(file, written={"decimal": "comma"})
    assert prices_of(shop) == [2.95]
    assert report.rejected["not a number"].examples[0].row == 3


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (("3/12/2024", "13/12/2024"), (2024, 12, 3)),
        (("12/3/2024", "12/13/2024"), (2024, 12, 3)),
        (("03.12.2024", "31.12.2024"), (2024, 12, 3)),
        (("3-12-2024 9:10 PM", "13-12-2024 9:10 am"), (2024, 12, 3, 21, 10)),
        (("3/12/24", "13/12/24"), (2024, 12, 3)),
        (("5/5/2024", "6/6/2024"), (2024, 5, 5)),
        (("2024-12-03T09:10:11.5Z", "2024-12-04"), (2024, 12, 3, 9, 10, 11, 500_000)),
        (("2024-12-03 09:10+02:00",), (2024, 12, 3, 7, 10)),
        (("2024/12/03", "20241204"), (2024, 12, 3)),
        (("202412030910", "20241203091005"), (2024, 12, 3, 9, 10)),
        (("24-Dec-03", "24-Dec-09", "31-Jan-20"), (2003, 12, 24)),
        (("3 Dec 2024", "4. Dezember 2024"), (2024, 12, 3)),
        (("Dec 3, 2024 9:10 p.m.",), (2024, 12, 3, 21, 10)),
        (("03-Dec-24",), (2024, 12, 3)),
        (("Tue, 03 Dec 2024 09:10:00 +0100",), (2024, 12, 3, 8, 10)),
        (("3 décembre 2024", "3 de diciembre de 2024"), (2024, 12, 3)),
        (("1733217000",), (2024, 12, 3, 9, 10)),
        (("1733217000000",), (2024, 12, 3, 9, 10)),
        (("45629,5", "45630"), (2024, 12, 3, 12)),
        (("٣/١٢/٢٠٢٤", "١٣/١٢/٢٠٢٤"), (2024, 12, 3)),
        (("2024年12月3日",), (2024, 12, 3)),
    ],
)  # fmt: skip
def test_dates_are_read_as_the_whole_column_has_them(
    written: tuple[str, ...], meant: tuple[int, ...]
) -> None:
    column = MomentColumn("day", None, this_year=2026)
    for text in written:
        column.see(text)
    assert column.problem() is None
    moments = [column.read(text) for text in written]
    assert all(isinstance(moment, datetime) for moment in moments)
    year, month, day, *rest = meant
    hour, minute, second, fraction = (*rest, 0, 0, 0, 0)[:4]
    assert moments[0] == datetime(year, month, day, hour, minute, second, fraction, tzinfo=UTC)


@pytest.mark.parametrize("mark", ["/", ".", "-"])
def test_days_up_to_the_twelfth_are_refused_until_an_option_says_the_order(
    shop: Shop, tmp_path: Path, mark: str
) -> None:
    file = with_days(tmp_path, f"3{mark}12{mark}2024", f"4{mark}11{mark}2024")
    with pytest.raises(ImportRejectedError, match="InvoiceDate") as refusal:
        shop.import_files(file)
    assert "3 December 2024 with --dates dmy and 12 March 2024 with --dates mdy" in str(
        refusal.value
    )
    assert (shop.events(), shop.products()) == ([], {})
    shop.import_files(file, written={"dates": "dmy"})
    assert [event.occurred_at.month for event in shop.events()] == [11, 12]


def test_a_named_month_between_two_numbers_does_not_tell_which_is_the_year() -> None:
    column = MomentColumn("day", None, this_year=2026)
    column.see("24-Dec-03")
    problem = str(column.problem())
    assert "24 December 2003 with --dates dmy" in problem
    assert "3 December 2024 with --dates ymd" in problem


def test_dates_in_two_orders_are_refused(shop: Shop, tmp_path: Path) -> None:
    file = with_days(tmp_path, "13/12/2024", "12/14/2024")
    with pytest.raises(ImportRejectedError, match="no one order of day and month"):
        shop.import_files(file)
    report = shop.import_files(file, written={"dates": "mdy"})
    assert report.rejected["not a date"].count == 1


def test_all_files_of_a_folder_decide_together(shop: Shop, tmp_path: Path) -> None:
    folder = tmp_path / "months"
    folder.mkdir()
    invoices(folder, ("3/12/2024", "1,234"), name="a.csv")
    invoices(folder, ("13/12/2024", "2,95"), name="b.csv")
    shop.import_files(folder)
    assert moments_of(shop)[0] == datetime(2024, 12, 3, tzinfo=UTC)


def test_an_unnamed_zone_and_a_shared_name_of_one_are_no_guess(shop: Shop, tmp_path: Path) -> None:
    report = shop.import_files(with_days(tmp_path, "2024-12-03 09:10 EST", "2024-12-03"))
    assert report.rejected["not a date"].count == 1


@pytest.mark.parametrize(
    ("written", "currency"),
    [
        (("€2,95",), "EUR"),
        (("2,95 zł", "3,10"), "PLN"),
        (("CHF 2.95",), "CHF"),
        (("$2.95",), "USD"),
        (("£2.95",), "GBP"),
        (("2.95",), "GBP"),
    ],
)
def test_the_sign_beside_the_prices_is_their_currency(
    shop: Shop, tmp_path: Path, written: tuple[str, ...], currency: str
) -> None:
    report = shop.import_files(with_prices(tmp_path, *written))
    assert {product.currency for product in shop.products().values()} == {currency}
    assert currency in report.readings["currency"]


def test_several_currencies_are_refused_and_with_an_option_the_other_rows_are(
    shop: Shop, tmp_path: Path
) -> None:
    file = with_prices(tmp_path, "€2,95", "$3,10")
    with pytest.raises(ImportRejectedError, match=r"several currencies.*--currency"):
        shop.import_files(file)
    report = shop.import_files(file, written={"currency": "eur"})
    assert report.rejected["another currency"].count == 1
    assert [product.currency for product in shop.products().values()] == ["EUR"]


def test_crowns_of_any_country_are_refused_until_an_option_names_them(
    shop: Shop, tmp_path: Path
) -> None:
    file = with_prices(tmp_path, "29,50 kr")
    with pytest.raises(ImportRejectedError, match="--currency"):
        shop.import_files(file)
    shop.import_files(file, written={"currency": "SEK"})
    assert [product.currency for product in shop.products().values()] == ["SEK"]


def test_an_unknown_currency_is_rejected(shop: Shop, tmp_path: Path) -> None:
    report = shop.import_files(with_prices(tmp_path, "2.95", "2.95 XYZ"))
    assert report.rejected["unknown currency"].count == 1


@pytest.mark.parametrize(
    "written",
    [{"decimal": "both"}, {"dates": "ydm"}, {"currency": "XYZ"}, {"encoding": "x"},
     {"encoding": "zlib"}, {"delimiter": ";;"}, {"delimiter": "a"}],
)  # fmt: skip
def test_an_option_that_means_nothing_is_refused_with_what_it_takes(
    shop: Shop, tmp_path: Path, written: dict[str, str]
) -> None:
    with pytest.raises(ImportRejectedError, match=f"--{next(iter(written))}"):
        shop.import_files(with_prices(tmp_path, "1"), written=written)


@pytest.mark.parametrize(
    ("country", "region"),
    [("Deutschland", "de"), ("Österreich", "at"), ("DE", "de"), ("DEU", "de"), ("UK", "gb"),
     ("Côte d'Ivoire", "ci"), ("New Zealand", "nz"), ("Atlantis", None)],
)  # fmt: skip
def test_names_and_codes_of_countries_become_regions(
    shop: Shop, tmp_path: Path, country: str, region: str | None
) -> None:
    shop.import_files(invoices(tmp_path, ("2024-12-03", "1"), country=country))
    assert [event.region for event in shop.events()] == [region]


def test_a_count_that_is_a_thousand_or_one_is_refused(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text('asin,title,stars,price,reviews\nB1,Dress,"4,5","19,99","1,000"\n')
    with pytest.raises(ImportRejectedError, match="reviews: `1,000` is 1,000"):
        shop.import_files(file)
    shop.import_files(file, written={"decimal": "comma"})
    [product] = shop.products().values()
    assert (product.rating, product.price, product.rating_count) == (4.5, 19.99, 1)


@pytest.mark.parametrize(
    "price", ["12.95%", "1.5k", "12.95\u00b2", "R12.95", "12.95*", "from 12.95", "1e60", 60 * "9"]
)
def test_what_stands_beside_a_price_and_is_no_currency_is_not_passed_over(
    shop: Shop, tmp_path: Path, price: str
) -> None:
    report = shop.import_files(with_prices(tmp_path, "2.95", price))
    assert prices_of(shop) == [2.95]
    assert report.rows_rejected == 1
