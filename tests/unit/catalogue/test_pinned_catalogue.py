"""What one decision has read of the catalogue stays the same until its profile is made."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.catalogue.catalogue_cache import FRESH_SECONDS, CatalogueCache
from personalization.catalogue.pinned_catalogue import PinnedCatalogue
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product
from tests.builders.product import a_product
from tests.builders.settable_clock import SettableClock

SHIRT = ProductId("shirt-1")
SHIRTS = CategoryId("shirts")


def a_catalogue(folder: Path) -> SqliteCatalogue:
    catalogue = SqliteCatalogue(folder / "catalogue.sqlite", 0)
    catalogue.write_products([a_product(product_id=SHIRT, price=10.0)])
    catalogue.write_categories([Category(category_id=SHIRTS, name="Shirts")])
    return catalogue


def test_a_price_that_changes_meanwhile_shows_in_the_next_profile(tmp_path: Path) -> None:
    catalogue = a_catalogue(tmp_path)
    cache = CatalogueCache(catalogue)
    pinned = cache.pin()
    assert pinned.products([SHIRT])[SHIRT].price == 10.0
    assert pinned.category_name(SHIRTS) == "Shirts"

    catalogue.write_products([a_product(product_id=SHIRT, price=8.0)])
    catalogue.write_categories([Category(category_id=SHIRTS, name="Tops")])
    cache.forget()

    assert pinned.products([SHIRT])[SHIRT].price == 10.0
    assert pinned.category_name(SHIRTS) == "Shirts"
    assert cache.pin().products([SHIRT])[SHIRT].price == 8.0
    assert cache.pin().category_name(SHIRTS) == "Tops"


def test_a_product_that_arrives_meanwhile_is_known_from_the_next_decision_on(
    tmp_path: Path,
) -> None:
    catalogue = a_catalogue(tmp_path)
    cache = CatalogueCache(catalogue)
    pinned = cache.pin()
    arrival = ProductId("shirt-2")
    assert list(pinned.products([SHIRT, arrival])) == [SHIRT]

    catalogue.write_products([a_product(product_id=arrival)])

    assert list(pinned.products([arrival, SHIRT])) == [SHIRT]
    assert list(cache.pin().products([arrival, SHIRT])) == [arrival, SHIRT]


def test_validation_that_reads_again_leaves_what_is_pinned_as_it_is(tmp_path: Path) -> None:
    catalogue, clock = a_catalogue(tmp_path), SettableClock()
    cache = CatalogueCache(catalogue, clock)

    def read_again() -> PinnedCatalogue:
        clock.advance(timedelta(seconds=FRESH_SECONDS + 1))
        cache.read_ids({SHIRT}, {SHIRTS})
        return cache.pin()

    first, same = read_again(), read_again()
    catalogue.write_products([a_product(product_id=SHIRT, price=8.0)])
    catalogue.write_categories([Category(category_id=SHIRTS, name="Tops")])
    changed = read_again()

    assert first.known_products is same.known_products is not changed.known_products
    assert [pinned.products([SHIRT])[SHIRT].price for pinned in (first, same, changed)] == [
        10.0,
        10.0,
        8.0,
    ]
    assert [pinned.category_name(SHIRTS) for pinned in (first, same, changed)] == [
        "Shirts",
        "Shirts",
        "Tops",
    ]


def test_another_decision_that_finds_a_product_leaves_one_that_missed_it_as_it_is(
    tmp_path: Path,
) -> None:
    catalogue = a_catalogue(tmp_path)
    cache = CatalogueCache(catalogue)
    arrival, hats = ProductId("hat-1"), CategoryId("hats")
    missed = cache.pin()
    assert not missed.products([arrival])
    assert missed.category_names([SHIRTS, hats]) == ["Shirts", "hats"]
    catalogue.write_products([a_product(product_id=arrival)])
    catalogue.write_categories([Category(category_id=hats, name="Hats")])

    found = cache.pin()

    assert list(found.products([arrival])) == [arrival]
    assert found.category_names([SHIRTS, hats]) == ["Shirts", "Hats"]
    assert not missed.products([arrival])
    assert missed.category_names([SHIRTS, hats]) == ["Shirts", "hats"]


def test_a_pinned_catalogue_asks_the_cache_once_for_each_product(tmp_path: Path) -> None:
    asked: list[ProductId] = []

    class CountingCache(CatalogueCache):
        def products(self, product_ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
            asked.extend(product_ids)
            return super().products(product_ids)

    pinned = CountingCache(a_catalogue(tmp_path)).pin()

    for _ in range(2):
        assert list(pinned.products([SHIRT, ProductId("none")])) == [SHIRT]

    assert asked == [SHIRT, "none"]
