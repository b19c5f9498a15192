"""What happens to a variant happens to its parent, and nobody forgets which variant it was."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

from personalization.adapters.sqlite.catalogue import SqliteCatalogue
from personalization.adapters.sqlite.event_history import SqliteEventHistory
from personalization.catalogue.catalogue_cache import CatalogueCache
from personalization.catalogue.groups import update_parents, with_known_parents
from personalization.codec.json_codec import EVENT
from personalization.domain.event import Event
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category
from personalization.experiments.order_prices import OrderPrices
from personalization.settings.experiments import ExperimentSettings
from personalization.tracking.sent_event import ids_in, sent_event
from personalization.tracking.validation import TakenEvent, judge
from tests.builders.event import an_event
from tests.builders.moments import NOON
from tests.builders.product import a_product
from tests.builders.settable_clock import SettableClock
from tests.builders.wire_event import a_wire_event
from tests.unit.tracking.judging import batch_at_noon

POLO, SMALL, LARGE, LOST = map(ProductId, ("polo", "polo-s", "polo-l", "lost-1"))


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[SqliteCatalogue]:
    """Return a catalogue of a polo in two sizes and of a variant whose parent is missing."""
    with closing(SqliteCatalogue(tmp_path / "catalogue.sqlite", 0)) as opened:
        opened.write_categories([Category(category_id=CategoryId("shirts"), name="Shirts")])
        opened.write_products(
            [
                a_product(product_id=SMALL, group_id=POLO, price=20.0),
                a_product(product_id=LARGE, group_id=POLO, price=30.0),
                a_product(product_id=ProductId("hat")),
                a_product(product_id=LOST, group_id=ProductId("lost")),
            ]
        )
        update_parents(opened, [POLO], NOON)
        yield opened


@pytest.fixture
def cache(catalogue: SqliteCatalogue) -> CatalogueCache:
    return CatalogueCache(catalogue, SettableClock())


def read_event(cache: CatalogueCache, **fields: Any) -> Event:
    """Return an event as the API takes it, read once by the store and once from memory."""
    sent = sent_event(msgspec.json.encode(a_wire_event(**fields)))
    products, categories = ids_in([sent])
    known = cache.read_ids(products, categories)
    assert cache.recall(products, categories) == known
    judged = judge(sent, batch_at_noon(), known)
    assert isinstance(judged, TakenEvent), judged
    assert not judged.warnings
    return judged.event


def test_a_view_of_a_variant_is_one_of_its_parent(cache: CatalogueCache) -> None:
    event = read_event(cache, product_id=SMALL)
    assert (event.product_ids, event.variant_ids) == ((POLO,), (SMALL,))
    assert event.category_id == "shirts"
    parent = read_event(cache, product_id=POLO)
    assert (parent.product_ids, parent.variant_ids) == ((POLO,), ())


def test_a_variant_without_a_parent_stands_for_itself(cache: CatalogueCache) -> None:
    known = cache.read_ids({LOST}, set())
    assert (known.products.keys(), known.parents) == ({LOST}, {})


def test_lines_of_an_order_keep_the_price_of_each_variant(
    cache: CatalogueCache, catalogue: SqliteCatalogue
) -> None:
    lines = [
        {"product_id": SMALL, "quantity": 2, "unit_price": 20},
        {"product_id": LARGE, "quantity": 1, "unit_price": 30},
        {"product_id": "hat", "quantity": 1, "unit_price": 39.5},
    ]
    event = read_event(cache, type="checkout", product_id=None, lines=lines, currency="USD")
    assert event.product_ids == (POLO, POLO, "hat")
    assert event.variant_ids == (SMALL, LARGE, "hat")
    orders = OrderPrices(catalogue, ExperimentSettings())
    orders.read([event])
    assert orders.hold(event).unit_price_micros == event.unit_price_micros
    assert orders.micros[LARGE] == 30_000_000
    assert event.value_micros(orders.micros) == 109_500_000


def test_an_event_of_a_variant_comes_back_from_log_and_history(
    cache: CatalogueCache, tmp_path: Path
) -> None:
    event = read_event(cache, product_id=LARGE)
    assert EVENT.decode(EVENT.encode(event)) == event
    with closing(SqliteEventHistory(tmp_path / "history.sqlite", 0)) as history:
        history.append([event])
        assert history.read_many([event.session_id]) == {event.session_id: [event]}


def test_imported_events_count_as_the_api_counts_them(catalogue: SqliteCatalogue) -> None:
    view, other = an_event(product_ids=(SMALL,)), an_event(product_ids=(LOST,))
    counted = with_known_parents(catalogue, [view, other])
    assert [event.product_ids for event in counted] == [(POLO,), (LOST,)]
    assert [event.variant_ids for event in counted] == [(SMALL,), ()]
    assert with_known_parents(catalogue, counted) == counted


def test_an_impression_that_is_cut_keeps_variants_beside_products() -> None:
    event = an_event(
        product_ids=(POLO, ProductId("hat"), POLO),
        slots=(0, 1, 2),
        variant_ids=(SMALL, ProductId("hat"), LARGE),
    )
    cut = event.with_lines([0, 2])
    assert (cut.product_ids, cut.slots, cut.variant_ids) == ((POLO, POLO), (0, 2), (SMALL, LARGE))
