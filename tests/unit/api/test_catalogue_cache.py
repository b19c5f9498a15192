"""What the API remembers of the catalogue."""

from datetime import timedelta
from pathlib import Path

import pytest

from api.tracking.known_ids import FRESH_SECONDS, CatalogueCache
from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.domain.errors import StoreUnavailableError
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category
from tests.builders.interruptible import Interruptible
from tests.builders.product import a_product
from tests.builders.settable_clock import SettableClock

SKIRT = frozenset({ProductId("skirt-1")})
SKIRTS = frozenset({CategoryId("skirts")})
NOBODY = frozenset({ProductId("skirt-2")})


def test_what_has_grown_old_answers_once_more_while_the_catalogue_is_away(tmp_path: Path) -> None:
    clock = SettableClock()
    catalogue = Interruptible(SqliteCatalogue(tmp_path / "catalogue.sqlite", 0))
    catalogue.write_categories([Category(category_id=CategoryId("skirts"), name="Skirts")])
    catalogue.write_products(
        [a_product(product_id=ProductId("skirt-1"), category_id=CategoryId("skirts"))]
    )
    cache = CatalogueCache(catalogue, clock)
    cache.completed(cache.remembered(SKIRT, SKIRTS), SKIRT, SKIRTS)
    clock.advance(timedelta(seconds=FRESH_SECONDS + 1))
    catalogue.away = True

    remembered = cache.remembered(SKIRT, SKIRTS)
    known = cache.completed(remembered, SKIRT, SKIRTS)

    assert remembered.products == {}
    assert known.products == {"skirt-1": "skirts"}
    assert known.categories == SKIRTS
    with pytest.raises(StoreUnavailableError):
        cache.completed(cache.remembered(NOBODY, SKIRTS), NOBODY, SKIRTS)
