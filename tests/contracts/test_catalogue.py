"""The contract of the catalogue."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Availability, Category, ProductDetails
from personalization.ports.catalogue import Catalogue
from tests.builders.product import a_product

SHIRTS = Category(category_id=CategoryId("shirts"), name="Shirts & Co")
DRESSES = Category(category_id=CategoryId("dresses"), name="शर्ट")


def test_a_product_comes_back_as_it_was(catalogue: Catalogue) -> None:
    full = a_product(currency="INR", title="शर्ट, “quoted”")
    bare = a_product(
        product_id=ProductId("bare"),
        price=None,
        rating=None,
        rating_count=0,
        image_url=None,
        colour=None,
        listed_on=None,
    )
    catalogue.write_products([full, bare])
    assert catalogue.read_products([full.product_id, bare.product_id]) == {
        full.product_id: full,
        bare.product_id: bare,
    }


def test_a_product_is_retired_and_comes_back(catalogue: Catalogue) -> None:
    product = a_product()
    retired = replace(product, retired_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC))
    catalogue.write_products([retired])
    assert catalogue.read_products([product.product_id]) == {product.product_id: retired}
    catalogue.write_products([product])
    assert catalogue.read_products([product.product_id]) == {product.product_id: product}


def test_unknown_ids_are_absent(catalogue: Catalogue) -> None:
    catalogue.write_products([a_product()])
    catalogue.write_categories([SHIRTS])
    assert list(catalogue.read_products([ProductId("shirt-1"), ProductId("no")])) == ["shirt-1"]
    assert catalogue.read_products([]) == {}
    assert catalogue.read_categories([CategoryId("no")]) == {}


def test_a_write_replaces_what_the_id_held_before(catalogue: Catalogue) -> None:
    catalogue.write_products([a_product(price=10.0)])
    cheaper = a_product(price=None, category_id=CategoryId("sale"))
    catalogue.write_products([cheaper])
    catalogue.write_categories([SHIRTS])
    renamed = Category(category_id=SHIRTS.category_id, name="Tops")
    catalogue.write_categories([renamed])
    assert catalogue.read_products([cheaper.product_id]) == {cheaper.product_id: cheaper}
    assert list(catalogue.all_categories()) == [renamed]
    assert catalogue.product_count() == 1


def test_categories_are_listed_by_id(catalogue: Catalogue) -> None:
    assert list(catalogue.all_categories()) == []
    catalogue.write_categories([SHIRTS, DRESSES])
    assert list(catalogue.all_categories()) == [DRESSES, SHIRTS]
    assert catalogue.read_categories([SHIRTS.category_id]) == {SHIRTS.category_id: SHIRTS}


def test_all_products_come_once_each_by_id_in_chunks(catalogue: Catalogue) -> None:
    products = [a_product(product_id=ProductId(f"product-{n:05}")) for n in range(12_000)]
    catalogue.write_products(products[::-1])
    chunks = list(catalogue.all_products())
    assert [product for chunk in chunks for product in chunk] == products
    assert len(chunks) > 1
    assert catalogue.product_count() == 12_000


def test_thousands_of_ids_can_be_read_at_once(catalogue: Catalogue) -> None:
    products = [a_product(product_id=ProductId(f"product-{n}")) for n in range(3_000)]
    catalogue.write_products(products)
    found = catalogue.read_products([product.product_id for product in products])
    assert len(found) == 3_000


def test_an_empty_catalogue_has_nothing(catalogue: Catalogue) -> None:
    assert list(catalogue.all_products()) == []
    assert catalogue.product_count() == 0


def test_a_rich_product_comes_back_as_it_was(catalogue: Catalogue) -> None:
    moment = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
    variant = a_product(
        group_id=ProductId("shirt"),
        brand="Föhn & Söhne",
        size="XL / 44",
        list_price=49.9,
        availability=Availability.BACKORDER,
        stock=0,
        available_from=moment,
        available_until=moment + timedelta(days=3),
        markets=("de", "pl"),
    )
    catalogue.write_products([variant])
    assert catalogue.read_products([variant.product_id]) == {variant.product_id: variant}


def test_details_stay_when_the_product_is_written_again(catalogue: Catalogue) -> None:
    details = ProductDetails(
        product_id=ProductId("shirt-1"),
        description="Linen, शर्ट",
        category_path=("Men", "Shirts"),
        gender="men",
        sizes=("S", "M"),
        colours=("blue",),
        tags=("summer",),
        cost=11.5,
        attributes=(("collar", "kent"), ("weight", 180.5), ("organic", True), ("care", ("30°",))),
    )
    catalogue.write_details([details])
    catalogue.write_products([a_product()])
    wanted = [ProductId("shirt-1"), ProductId("no")]
    assert catalogue.read_details(wanted) == {details.product_id: details}
    catalogue.write_details([ProductDetails(product_id=ProductId("shirt-1"))])
    assert catalogue.read_details(wanted)[details.product_id].cost is None


def test_a_category_knows_its_parent(catalogue: Catalogue) -> None:
    child = Category(category_id=CategoryId("polo"), name="Polo", parent_id=SHIRTS.category_id)
    catalogue.write_categories([SHIRTS, child])
    assert catalogue.read_categories([child.category_id]) == {child.category_id: child}
    assert set(catalogue.all_categories()) == {SHIRTS, child}


def test_variants_are_read_by_group_until_they_leave_it(catalogue: Catalogue) -> None:
    polo, jeans = ProductId("polo"), ProductId("jeans")
    small = a_product(product_id=ProductId("polo-s"), group_id=polo)
    large = a_product(product_id=ProductId("polo-l"), group_id=polo)
    blue = a_product(product_id=ProductId("jeans-blue"), group_id=jeans)
    catalogue.write_products([small, large, blue, a_product(product_id=polo)])
    assert catalogue.read_variants([polo, jeans, ProductId("no")]) == {
        polo: [large, small],
        jeans: [blue],
    }
    catalogue.write_products([replace(large, group_id=None), replace(blue, group_id=polo)])
    assert catalogue.read_variants([jeans, polo]) == {
        polo: [replace(blue, group_id=polo), small],
    }
    assert catalogue.read_variants([]) == {}
