"""What is remembered of the catalogue, and for how long."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.catalogue_changes import MOST_TOLD
from personalization.catalogue import catalogue_cache
from personalization.catalogue.catalogue_cache import FRESH_SECONDS, CatalogueCache
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product
from tests.builders.interruptible import Interruptible
from tests.builders.product import a_product
from tests.builders.settable_clock import SettableClock

SKIRT = frozenset({ProductId("skirt-1")})
SKIRTS = frozenset({CategoryId("skirts")})
NOBODY = frozenset({ProductId("skirt-2")})


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Interruptible]:
    """Return a catalogue of one skirt."""
    with closing(SqliteCatalogue(tmp_path / "catalogue.sqlite", 0)) as opened:
        opened.write_categories([Category(category_id=CategoryId("skirts"), name="Skirts")])
        opened.write_products(
            [a_product(product_id=ProductId("skirt-1"), category_id=CategoryId("skirts"))]
        )
        yield Interruptible(opened)


def test_what_has_grown_old_answers_while_the_catalogue_is_away(catalogue: Interruptible) -> None:
    clock = SettableClock()
    cache = CatalogueCache(catalogue, clock)
    cache.read_ids(SKIRT, SKIRTS)
    clock.advance(timedelta(seconds=FRESH_SECONDS + 1))
    catalogue.away = True

    remembered = cache.recall(SKIRT, SKIRTS)
    known = cache.read_ids(SKIRT, SKIRTS)

    assert remembered.products == {}
    assert known.products == {"skirt-1": "skirts"}
    assert known.categories == SKIRTS
    with pytest.raises(StoreUnavailableError):
        cache.read_ids(NOBODY, SKIRTS)


def test_what_the_ranking_has_read_is_never_asked_for_again(catalogue: Interruptible) -> None:
    clock = SettableClock()
    cache = CatalogueCache(catalogue, clock)
    assert list(cache.products([ProductId("skirt-2"), ProductId("skirt-1")])) == ["skirt-1"]
    assert cache.category_name(CategoryId("skirts")) == "Skirts"
    clock.advance(timedelta(days=1))
    catalogue.away = True

    assert list(cache.products([ProductId("skirt-1")])) == ["skirt-1"]
    assert cache.category_name(CategoryId("skirts")) == "Skirts"


def test_what_the_ranking_has_read_is_known_to_validation(catalogue: Interruptible) -> None:
    cache = CatalogueCache(catalogue, SettableClock())
    cache.products([ProductId("skirt-1")])
    assert cache.recall(SKIRT, SKIRTS).products == {"skirt-1": "skirts"}


def test_an_unknown_product_is_asked_for_every_time(catalogue: Interruptible) -> None:
    cache = CatalogueCache(catalogue, SettableClock())
    assert cache.read_ids(NOBODY, SKIRTS).products == {}
    catalogue.write_products([a_product(product_id=ProductId("skirt-2"))])
    assert cache.read_ids(NOBODY, SKIRTS).products.keys() == NOBODY


def test_a_price_that_was_written_is_read_again_and_nothing_else(catalogue: Interruptible) -> None:
    skirt, hat = ProductId("skirt-1"), a_product(product_id=ProductId("hat-1"))
    catalogue.write_products([hat])
    cache = CatalogueCache(catalogue, SettableClock(), look_seconds=0.0)
    before = cache.products([skirt, hat.product_id])
    version, known = cache.version, cache.known_products

    catalogue.write_products([replace(before[skirt], price=1.0)])
    after = cache.products([skirt, hat.product_id])

    assert (after[skirt].price, after[hat.product_id]) == (1.0, hat)
    assert after[hat.product_id] is before[hat.product_id]
    assert cache.known_products is not known
    assert cache.changed_since(version) == {skirt}
    assert cache.changed_since(cache.version) == frozenset()


def test_a_piece_less_changes_nothing_that_was_made_of_a_product(catalogue: Interruptible) -> None:
    skirt = ProductId("skirt-1")
    counted = a_product(product_id=skirt, category_id=CategoryId("skirts"), stock=2)
    catalogue.write_products([counted])
    cache = CatalogueCache(catalogue, SettableClock(), look_seconds=0.0)
    cache.products([skirt])
    known, version = cache.known_products, cache.version

    catalogue.write_products([replace(counted, stock=1)])
    assert cache.products([skirt])[skirt].stock == 1
    assert (cache.known_products, cache.version) == (known, version)

    catalogue.write_products([replace(counted, stock=0)])
    assert not cache.products([skirt])[skirt].is_on_sale
    assert cache.known_products is not known


def test_what_is_read_while_a_change_is_told_is_not_remembered(catalogue: Interruptible) -> None:
    """A slow read that began before a write must not leave the former value behind."""
    skirt = ProductId("skirt-1")
    dear = a_product(product_id=skirt, price=10.0)
    catalogue.write_products([dear])

    class SlowCatalogue(Interruptible):
        def read_products(self, ids: Sequence[ProductId]) -> Mapping[ProductId, Product]:
            found: Mapping[ProductId, Product] = catalogue.read_products(ids)
            if cache.version == 0 and found[skirt].price == 10.0:
                catalogue.write_products([replace(dear, price=5.0)])
                cache.refresh()
            return found

    cache = CatalogueCache(SlowCatalogue(catalogue), SettableClock())
    cache.refresh()
    assert cache.products([skirt])[skirt].price == 10.0
    assert cache.products([skirt])[skirt].price == 5.0


def test_whoever_has_missed_too_much_reads_all_again(catalogue: Interruptible) -> None:
    skirt = ProductId("skirt-1")
    cache = CatalogueCache(catalogue, SettableClock(), look_seconds=0.0)
    cache.products([skirt])
    version = cache.version
    others = [a_product(product_id=ProductId(f"p-{number}")) for number in range(MOST_TOLD)]
    catalogue.write_products([*others, a_product(product_id=skirt, price=2.0)])

    assert cache.products([skirt])[skirt].price == 2.0
    assert cache.changed_since(version) is None


def test_while_the_catalogue_is_away_what_is_remembered_stays_and_changes_wait(
    catalogue: Interruptible,
) -> None:
    skirt = ProductId("skirt-1")
    cache = CatalogueCache(catalogue, SettableClock(), look_seconds=0.0)
    cache.products([skirt])
    catalogue.write_products([a_product(product_id=skirt, price=2.0)])
    catalogue.away = True
    assert cache.products([skirt])[skirt].price == 39.5
    catalogue.away = False
    assert cache.products([skirt])[skirt].price == 2.0


def test_a_category_that_gets_another_name_has_it_at_the_next_look(
    catalogue: Interruptible,
) -> None:
    skirts = CategoryId("skirts")
    cache = CatalogueCache(catalogue, SettableClock(), look_seconds=0.0)
    assert cache.category_name(skirts) == "Skirts"
    catalogue.write_categories([Category(category_id=skirts, name="Kilts")])
    assert cache.category_name(skirts) == "Kilts"


def test_a_full_cache_is_dropped_and_fills_again(
    catalogue: Interruptible, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue.write_products([a_product(product_id=ProductId("skirt-2"))])
    monkeypatch.setattr(catalogue_cache, "CAPACITY", 0)
    cache = CatalogueCache(catalogue, SettableClock())
    cache.products([ProductId("skirt-1")])

    found = cache.products([ProductId("skirt-1"), ProductId("skirt-2")])

    assert list(found) == ["skirt-1", "skirt-2"]
    assert cache.recall(SKIRT | NOBODY, SKIRTS).products.keys() == NOBODY
