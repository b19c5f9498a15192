"""Feeds of Google Merchant Center and the exports of Shopify and WooCommerce."""

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from importers.tables import feed_xml_table
from personalization.domain.errors import ImportRejectedError
from personalization.domain.identifiers import ProductId
from personalization.domain.product import Availability, Product, ProductDetails
from tests.builders.settable_clock import SettableClock
from tests.unit.importers.conftest import Shop

RSS = """<?xml version="1.0" encoding="{encoding}"?>
<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>
<title>Shop</title><link>https://shop.example</link>
{items}
</channel></rss>
"""
ITEM = """<item><g:id>{number}</g:id><title>Café shirt &lt;b&gt;{number}</title>
<g:title>Café shirt {number}</g:title>
<description>Soft &amp; warm</description><link>https://shop.example/{number}</link>
<g:image_link>https://shop.example/{number}.jpg</g:image_link>
<g:additional_image_link>https://shop.example/{number}-1.jpg</g:additional_image_link>
<g:additional_image_link>https://shop.example/{number}-2.jpg</g:additional_image_link>
<g:availability>in stock</g:availability><g:price>1,015.00 EUR</g:price>
<g:sale_price>912.50 EUR</g:sale_price>
<g:sale_price_effective_date>{dates}</g:sale_price_effective_date>
<g:shipping><g:country>DE</g:country><g:price>5.00 EUR</g:price></g:shipping>
<g:product_type>Men &gt; Shirts</g:product_type>
<g:google_product_category>212</g:google_product_category>
<g:brand>Acme</g:brand><g:gtin>0012345678905</g:gtin><g:color>blue</g:color><g:size>M</g:size>
<g:item_group_id>P</g:item_group_id></item>"""
NOW = datetime(2026, 1, 10, tzinfo=UTC)
JANUARY = "2026-01-01T00:00+0100/2026-01-31T23:59+0100"
FEBRUARY = "2026-02-01T00:00+0100/2026-02-28T23:59+0100"


def feed(*numbers: str, dates: str = JANUARY, encoding: str = "utf-8") -> bytes:
    items = "\n".join(ITEM.format(number=number, dates=dates) for number in numbers)
    return RSS.format(encoding=encoding, items=items).encode(encoding)


def product_of(shop: Shop, product_id: str) -> Product:
    return shop.products()[ProductId(product_id)]


def details_of(shop: Shop, product_id: str) -> ProductDetails:
    return shop.stores.catalogue.read_details([ProductId(product_id)])[ProductId(product_id)]


def test_a_feed_of_rss_is_read_with_variants_pictures_and_codes(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(feed("1", "2"))
    report = shop.import_files(tmp_path / "feed.xml", clock=SettableClock(NOW))
    assert (report.dataset, report.rejected, report.ignored) == ("google-merchant", {}, {})
    product, details = product_of(shop, "1"), details_of(shop, "1")
    assert (product.title, product.group_id, product.size) == ("Café shirt 1", "P", "M")
    assert (product.price, product.list_price, product.currency) == (912.5, 1015.0, "EUR")
    assert product.category_id == "men.shirts"
    assert details.image_urls == ("https://shop.example/1-1.jpg", "https://shop.example/1-2.jpg")
    assert details.attributes == (
        ("gtin", "0012345678905"),
        ("google_product_category", "212"),
    )
    assert product_of(shop, "P").title == "Café shirt"


def test_a_sale_price_holds_for_its_time_only(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_bytes(feed("1", dates=FEBRUARY))
    shop.import_files(tmp_path / "feed.xml", clock=SettableClock(NOW))
    assert (product_of(shop, "1").price, product_of(shop, "1").list_price) == (1015.0, None)


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1252", "iso-8859-1"])
def test_a_feed_says_its_own_encoding_and_may_be_packed(
    shop: Shop, tmp_path: Path, encoding: str
) -> None:
    (tmp_path / "feed.xml.gz").write_bytes(gzip.compress(feed("1", encoding=encoding)))
    shop.import_files(tmp_path / "feed.xml.gz")
    assert product_of(shop, "1").title == "Café shirt 1"


def test_a_feed_of_atom_is_read(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(
        '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">'
        "<title>Shop</title><entry><g:id>1</g:id><title>Hat</title><summary>Warm</summary>"
        '<link rel="alternate" href="https://shop.example/1"/><g:price>5 EUR</g:price>'
        "<g:availability>preorder</g:availability></entry></feed>"
    )
    shop.import_files(tmp_path / "feed.xml")
    product, details = product_of(shop, "1"), details_of(shop, "1")
    assert (product.title, product.availability) == ("Hat", Availability.PREORDER)
    assert (details.description, details.page_url) == ("Warm", "https://shop.example/1")


BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]>
<rss><channel><item><title>&b;</title></item></channel></rss>"""
OUTSIDE = """<?xml version="1.0"?><!DOCTYPE r SYSTEM "http://127.0.0.1/x.dtd"><rss/>"""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (BOMB, "document type or entities"),
        (OUTSIDE, "document type or entities"),
        ("<!DOCTYPE html><html><body>404</body></html>", "page of HTML"),
        ("<html><body>404</body></html>", "no feed"),
        ("<rss><channel><item><title>x", "damaged"),
        ("<rss><channel><item><title>\x01", "damaged"),
        (f"<rss><channel>{'<item><title>' + 'x' * (2 << 20)}", "1,048,576 characters"),
    ],
)
def test_what_is_no_feed_is_refused_with_the_reason(
    shop: Shop, tmp_path: Path, content: str, message: str
) -> None:
    (tmp_path / "feed.xml").write_text(content)
    with pytest.raises(ImportRejectedError, match=message):
        shop.import_files(tmp_path / "feed.xml")
    assert shop.products() == {}


def test_a_tag_without_an_end_is_refused_before_it_fills_memory(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed_xml_table, "_SILENT_BYTES", 1 << 18)
    (tmp_path / "feed.xml").write_text(f'<rss><channel><item x="{"y" * (1 << 20)}')
    with pytest.raises(ImportRejectedError, match="tag without an end"):
        shop.import_files(tmp_path / "feed.xml")


def test_a_tab_separated_feed_is_read(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "feed.txt").write_text(
        "id\ttitle\tlink\timage link\tprice\tavailability\tadditional image link\tshipping\n"
        '1\t12" plate\thttps://a.example/1\thttps://a.example/1.jpg\t5.00 USD\tout of stock\t'
        "https://a.example/2.jpg,https://a.example/3.jpg\tUS::Ground:5 USD\n"
    )
    report = shop.import_files(tmp_path / "feed.txt")
    assert (report.dataset, report.rejected) == ("google-merchant", {})
    assert product_of(shop, "1").title == '12" plate'
    assert product_of(shop, "1").availability is Availability.OUT_OF_STOCK
    assert details_of(shop, "1").image_urls == (
        "https://a.example/2.jpg",
        "https://a.example/3.jpg",
    )


SHOPIFY = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,"
    "Option1 Value,Option2 Name,Option2 Value,Variant SKU,Variant Inventory Tracker,"
    "Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Compare At Price,"
    "Image Src,Variant Image,Cost per item,Status\n"
    'tee,Tee,<p>Soft</p>,Acme,Apparel > Tops,Tops,"soft, new",true,Size,S,Color,Red,T-S,shopify,'
    "0,deny,20.00,25.00,https://c.example/1.jpg,,8.00,active\n"
    "tee,,,,,,,,,M,,Red,T-M,shopify,4,deny,21.00,,https://c.example/2.jpg,"
    "https://c.example/m.jpg,8.00,\n"
    "tee,,,,,,,,,,,,,,,,,,https://c.example/3.jpg,,,\n"
    "mug,Mug,,Acme,,Mugs,,true,Title,Default Title,,,MUG-1,shopify,0,continue,7.00,,"
    "https://c.example/mug.jpg,,,active\n"
    "old,Old,,Acme,,Mugs,,true,Title,Default Title,,,,,,deny,7.00,,,,,draft\n"
)


def test_rows_of_a_shopify_handle_are_a_product_with_variants_and_pictures(
    shop: Shop, tmp_path: Path
) -> None:
    file = tmp_path / "products.csv"
    file.write_text(SHOPIFY)
    report = shop.import_files(file)
    assert (report.dataset, report.rejected, report.ignored) == ("shopify", {}, {})
    assert set(shop.products()) == {"tee", "T-S", "T-M", "mug", "old"}
    parent, details = product_of(shop, "tee"), details_of(shop, "tee")
    assert (parent.title, parent.price, parent.category_id) == ("Tee", 21.0, "apparel.tops")
    assert (set(details.sizes), details.colours) == ({"S", "M"}, ("Red",))
    assert details.tags == ("soft", "new")
    assert details.image_urls == ("https://c.example/2.jpg", "https://c.example/3.jpg")
    small, medium = product_of(shop, "T-S"), product_of(shop, "T-M")
    assert (small.group_id, small.size, small.colour) == ("tee", "S", "Red")
    assert (small.price, small.list_price) == (20.0, 25.0)
    assert small.availability is Availability.OUT_OF_STOCK
    assert (medium.stock, medium.image_url) == (4, "https://c.example/m.jpg")
    assert details_of(shop, "T-S").cost == 8.0
    mug = product_of(shop, "mug")
    assert (mug.price, mug.availability, mug.group_id) == (7.0, Availability.BACKORDER, None)
    assert product_of(shop, "old").retired_at is not None
    again = shop.import_files(file, full=True)
    assert (again.new_products, again.changed_products, again.retired) == (0, 0, 0)


def test_a_shopify_row_that_is_rejected_retires_none_of_its_variants(
    shop: Shop, tmp_path: Path
) -> None:
    file = tmp_path / "products.csv"
    file.write_text(SHOPIFY)
    shop.import_files(file)
    file.write_text(SHOPIFY.replace("21.00", "5%"))
    report = shop.import_files(file, full=True)
    assert (set(report.rejected), report.retired, report.retirement_refused) == (
        {"not a price"},
        0,
        1,
    )


WOO = (
    "ID,Type,SKU,Name,Published,Short description,Description,Date sale price starts,"
    "Date sale price ends,In stock?,Stock,Backorders allowed?,Sale price,Regular price,Categories,"
    "Tags,Images,Parent,Attribute 1 name,Attribute 1 value(s),Attribute 2 name,"
    "Attribute 2 value(s)\n"
    '9,variable,HOOD,Hoodie,1,,Warm,,,1,,0,,,"Women > Hoodies, Sale","new, warm",'
    '"https://w.example/1.jpg, https://w.example/2.jpg",,Size,"S, M",Color,"Blue, Red"\n'
    "10,variation,HOOD-S,Hoodie - S,1,,,2026-01-01,2026-01-31,1,3,0,30,40,,,,HOOD,Size,S,Color,"
    "Blue\n"
    "11,variation,,Hoodie - M,1,,,,,0,,0,,40,,,,id:9,Size,M,Color,Red\n"
    "12,simple,CAP,Cap,1,Small,,,,1,0,notify,,12,Caps,,,,Fabric,wool,,\n"
    "13,variation,X,Lost,1,,,,,1,,0,,40,,,,NONE,,,,\n"
    "14,simple,DRAFT,Draft,0,,,,,1,,0,,40,Caps,,,,,,,\n"
)


def test_woocommerce_variations_have_the_parent_that_they_name(shop: Shop, tmp_path: Path) -> None:
    file = tmp_path / "products.csv"
    file.write_text(WOO)
    report = shop.import_files(file, clock=SettableClock(NOW))
    assert (report.dataset, set(report.rejected)) == ("woocommerce", {"unknown parent"})
    parent, details = product_of(shop, "HOOD"), details_of(shop, "HOOD")
    assert (parent.category_id, parent.price) == ("women.hoodies", 30.0)
    assert (details.sizes, set(details.colours)) == (("M", "S"), {"Blue", "Red"})
    small, medium = product_of(shop, "HOOD-S"), product_of(shop, "11")
    assert (small.price, small.list_price, small.stock) == (30.0, 40.0, 3)
    assert (medium.group_id, medium.size, medium.colour) == ("HOOD", "M", "Red")
    assert medium.availability is Availability.OUT_OF_STOCK
    assert medium.image_url == "https://w.example/1.jpg"
    cap = product_of(shop, "CAP")
    assert (cap.availability, details_of(shop, "CAP").attributes) == (
        Availability.BACKORDER,
        (("Fabric", "wool"),),
    )
    assert product_of(shop, "DRAFT").retired_at is not None
    assert shop.import_files(file, clock=SettableClock(NOW)).changed_products == 0
