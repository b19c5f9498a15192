"""The contract of the catalogue."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Availability, Category, ProductDetails
from personalization.domain.product_changes import ProductQuery, ProductUpdate, WholeProduct
from personalization.ports.catalogue import Catalogue
from tests.builders.product import a_product
from tests.contracts.places import KeptPlace

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


def test_a_catalogue_tells_without_reading_products_which_exist_and_are_variants(
    catalogue: Catalogue,
) -> None:
    catalogue.write_products([a_product(product_id=ProductId("parent"))])
    named = [ProductId("parent"), ProductId("small"), ProductId("no")]
    assert catalogue.known_products(named) == {"parent"}
    catalogue.write_products([a_product(product_id=named[1], group_id=named[0])])
    assert catalogue.known_products(named) == {"parent", "small"}
    assert catalogue.known_products([]) == set()
    assert catalogue.may_have_variants()


def test_one_write_replaces_product_and_details(catalogue: Catalogue) -> None:
    product = a_product()
    before = ProductDetails(product_id=product.product_id, material="linen", tags=("summer",))
    catalogue.replace_products([WholeProduct(product, before)])
    after = WholeProduct(replace(product, price=10.0), replace(before, material=None))
    catalogue.replace_products([WholeProduct(product, before), after])
    assert catalogue.read_products([product.product_id]) == {product.product_id: after.product}
    assert catalogue.read_details([product.product_id]) == {product.product_id: after.details}


def test_an_update_leaves_all_other_fields(catalogue: Catalogue) -> None:
    product = a_product(stock=3, markets=("de",))
    details = ProductDetails(product_id=product.product_id, material="linen", sizes=("S",))
    catalogue.replace_products([WholeProduct(product, details)])
    moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    changes = {"stock": None, "price": 12.0, "retired_at": moment, "markets": ("pl", "cz")}
    catalogue.update_products(
        [
            ProductUpdate(product_id=product.product_id, product=changes),
            ProductUpdate(
                product_id=product.product_id,
                product={"availability": Availability.PREORDER, "price": 11.0},
                details={"material": None, "sizes": ("M", "L"), "attributes": (("fit", 1.5),)},
            ),
        ]
    )
    expected = replace(
        product,
        stock=None,
        price=11.0,
        retired_at=moment,
        markets=("pl", "cz"),
        availability=Availability.PREORDER,
    )
    assert catalogue.read_products([product.product_id]) == {product.product_id: expected}
    assert catalogue.read_details([product.product_id]) == {
        product.product_id: replace(
            details, material=None, sizes=("M", "L"), attributes=(("fit", 1.5),)
        )
    }


def test_details_can_be_given_to_a_product_that_has_none(catalogue: Catalogue) -> None:
    catalogue.write_products([a_product()])
    update = ProductUpdate(product_id=a_product().product_id, details={"material": "wool"})
    catalogue.update_products([update])
    found = catalogue.read_details([update.product_id])[update.product_id]
    assert found == ProductDetails(product_id=update.product_id, material="wool")


def test_an_unknown_field_is_refused(catalogue: Catalogue) -> None:
    catalogue.write_products([a_product()])
    with pytest.raises(ValueError, match="weight"):
        catalogue.update_products(
            [ProductUpdate(product_id=a_product().product_id, product={"weight": 1})]
        )


def test_writers_of_stock_and_of_all_fields_never_lose_one_of_either(kept_place: KeptPlace) -> None:
    ids = [ProductId(f"shirt-{number}") for number in range(40)]

    def whole(version: int) -> list[WholeProduct]:
        return [
            WholeProduct(
                a_product(product_id=key, title=f"Shirt {version}", stock=-1, colour=str(version)),
                ProductDetails(product_id=key, material=str(version), tags=(str(version),)),
            )
            for key in ids
        ]

    def put() -> None:
        with kept_place.catalogue() as catalogue:
            for version in range(1, 16):
                catalogue.replace_products(whole(version))

    def count_stock() -> None:
        with kept_place.catalogue() as catalogue:
            for stock in range(15):
                changes = {"stock": stock, "price": float(stock)}
                updates = [ProductUpdate(product_id=key, product=changes) for key in ids]
                catalogue.update_products(updates)

    with kept_place.catalogue() as catalogue:
        catalogue.replace_products(whole(0))
        with ThreadPoolExecutor(2) as threads:
            for writing in [threads.submit(put), threads.submit(count_stock)]:
                writing.result()
        products, details = catalogue.read_products(ids), catalogue.read_details(ids)
        for key in ids:
            product = products[key]
            assert (product.title, product.colour) == ("Shirt 15", "15")
            assert (details[key].material, details[key].tags) == ("15", ("15",))
            assert (product.stock, product.price) in {(-1, a_product().price), (14, 14.0)}


def _pages(catalogue: Catalogue, query: ProductQuery) -> list[ProductId]:
    """Return the ids on all pages."""
    found: list[ProductId] = []
    place: str | None = query.after
    while place is not None:
        page = catalogue.list_products(replace(query, after=place))
        assert len(page.products) <= query.limit
        found.extend(product.product_id for product in page.products)
        place = page.next
    return found


def test_pages_have_every_product_once(catalogue: Catalogue) -> None:
    products = [a_product(product_id=ProductId(f"p/{n:03}: ü")) for n in range(130)]
    catalogue.write_products(products)
    found = _pages(catalogue, ProductQuery(limit=7))
    assert sorted(found) == [product.product_id for product in products]
    assert _pages(catalogue, ProductQuery(limit=200, words=("shirt",))) != []


def test_pages_take_category_availability_and_what_is_retired(catalogue: Catalogue) -> None:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    sold_out = {"availability": Availability.OUT_OF_STOCK, "category_id": CategoryId("hats")}
    hats = [
        a_product(product_id=ProductId(f"hat-{n}"), retired_at=moment if n % 2 else None)
        for n in range(20)
    ]
    hats = [replace(hat, category_id=CategoryId("hats")) for hat in hats]
    shirts = [a_product(product_id=ProductId(f"shirt-{n}")) for n in range(20)]
    catalogue.write_products([*shirts, *hats, a_product(product_id=ProductId("cap"), **sold_out)])
    in_hats = ProductQuery(category_id=CategoryId("hats"), limit=6)
    assert len(_pages(catalogue, in_hats)) == 21
    assert len(_pages(catalogue, replace(in_hats, is_retired=True))) == 10
    assert len(_pages(catalogue, ProductQuery(is_retired=False, limit=6))) == 31
    assert _pages(catalogue, ProductQuery(availability=Availability.OUT_OF_STOCK)) == ["cap"]


def test_products_are_found_by_words_of_their_titles(catalogue: Catalogue) -> None:
    titles = {
        "1": "Crème Blouse, RED",
        "2": "red dress",
        "3": "Réd hat with a blouse-like cut",
        "4": "शर्ट नीली",
        "5": "blouses",
    }
    catalogue.write_products(
        [a_product(product_id=ProductId(key), title=title) for key, title in titles.items()]
    )

    def ids_with(*words: str) -> set[str]:
        return set(_pages(catalogue, ProductQuery(words=words, limit=2)))

    assert ids_with("red") == {"1", "2", "3"}
    assert ids_with("BLOUSE", "red") == {"1", "3"}
    assert ids_with("creme") == {"1"}
    assert ids_with("शर्ट") == {"4"}
    assert ids_with('"', "OR") == set()
    catalogue.update_products(
        [ProductUpdate(product_id=ProductId("2"), product={"title": "Blue dress"})]
    )
    catalogue.write_products([a_product(product_id=ProductId("1"), title="Blouse")])
    assert ids_with("red") == {"3"}
    assert ids_with("dress", "blue") == {"2"}


def test_an_end_that_no_page_had_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(ValueError, match="no page ended"):
        catalogue.list_products(ProductQuery(words=("red",), after="seven"))


def test_categories_are_deleted(catalogue: Catalogue) -> None:
    catalogue.write_categories([SHIRTS, DRESSES])
    catalogue.delete_categories([SHIRTS.category_id, CategoryId("unknown")])
    assert list(catalogue.all_categories()) == [DRESSES]


def test_an_update_names_the_group_that_a_product_joins(catalogue: Catalogue) -> None:
    polo, jeans = ProductId("polo"), ProductId("jeans")
    small = a_product(product_id=ProductId("polo-s"), group_id=polo)
    details = ProductDetails(product_id=small.product_id)
    catalogue.replace_products([WholeProduct(small, details)])
    assert catalogue.read_variants([polo]) == {polo: [small]}
    update = ProductUpdate(product_id=small.product_id, product={"group_id": jeans})
    catalogue.update_products([update])
    assert catalogue.read_variants([polo, jeans]) == {jeans: [replace(small, group_id=jeans)]}


def test_who_follows_the_catalogue_is_told_what_was_written_since(catalogue: Catalogue) -> None:
    start = catalogue.changes_since(None)
    assert start.product_ids is None
    catalogue.write_products([a_product(), a_product(product_id=ProductId("shirt-2"))])
    first = catalogue.changes_since(start.position)
    assert first.product_ids == {"shirt-1", "shirt-2"}
    assert catalogue.changes_since(start.position).product_ids == first.product_ids
    catalogue.write_products([a_product(product_id=ProductId("hat-1"))])
    catalogue.write_categories([SHIRTS])
    cheaper = ProductUpdate(product_id=ProductId("shirt-1"), product={"price": 9})
    catalogue.update_products([cheaper])
    shirt = a_product(product_id=ProductId("shirt-2"))
    details = ProductDetails(product_id=shirt.product_id)
    catalogue.replace_products([WholeProduct(shirt, details)])
    second = catalogue.changes_since(first.position)
    assert second.product_ids == {"hat-1", "shirt-1", "shirt-2"}
    assert second.category_ids == {SHIRTS.category_id}
    catalogue.delete_categories([SHIRTS.category_id])
    catalogue.write_details([replace(details, page_url="https://shop.example/2")])
    third = catalogue.changes_since(second.position)
    assert third.category_ids == {SHIRTS.category_id}
    assert "shirt-2" in (third.product_ids or ())


def test_a_catalogue_says_whether_anything_is_hidden_sometimes(catalogue: Catalogue) -> None:
    catalogue.write_products([a_product(stock=3), a_product(availability=Availability.BACKORDER)])
    assert not catalogue.changes_since(None).may_hide
    sold_out = ProductUpdate(product_id=ProductId("shirt-1"), product={"stock": 0})
    catalogue.update_products([sold_out])
    assert catalogue.changes_since(None).may_hide


@pytest.mark.parametrize(
    "hidden",
    [
        {"group_id": ProductId("polo")},
        {"retired_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"availability": Availability.OUT_OF_STOCK},
        {"stock": -1},
        {"available_from": datetime(2026, 1, 1, tzinfo=UTC)},
        {"available_until": datetime(2026, 1, 1, tzinfo=UTC)},
        {"markets": ("pl",)},
    ],
)
def test_reasons_to_hide_a_product_are_known(catalogue: Catalogue, hidden: dict[str, Any]) -> None:
    product = a_product(**hidden)
    assert product.is_hidden_sometimes
    catalogue.write_products([a_product(product_id=ProductId("shirt-2")), product])
    assert catalogue.changes_since(None).may_hide
