"""What is remembered of the catalogue, and for how long."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.catalogue import catalogue_cache
from personalization.catalogue.catalogue_cache import FRESH_SECONDS, CatalogueCache
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category
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
