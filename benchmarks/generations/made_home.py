"""A home of a large shop with two generations, the first of which is active."""

import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from benchmarks.generations.made_generation import CATEGORIES, MadeShop, write_night
from benchmarks.generations.made_sessions import write_sessions
from nightly.generations.generation_check import check_generation, complete
from nightly.generations.publication import load, load_index, register
from nightly.generations.session_index import build_session_index
from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.product import Category, Product
from personalization.neighbours.index_bytes import encode_index
from personalization.ports.stores import KeptStores
from personalization.priors import warehouse as names
from personalization.priors.warehouse import NightlyPlan
from personalization.wiring import CoreSettings, open_kept

FIRST, SECOND = "20260728-first", "20260728-second"
_AT_ONCE = 5_000


def make_home(shop: MadeShop, sessions: int, home: Path) -> Iterator[tuple[str, float]]:
    """Make the home; yield each step with its processor seconds."""
    settings = CoreSettings.of_home(home)
    with open_kept(settings) as kept:
        started = time.process_time()
        _write_catalogue(shop, kept)
        yield "catalogue, written row by row", time.process_time() - started
        for number, name in enumerate((FIRST, SECOND)):
            night = replace(shop, seed=shop.seed + number)
            plan = write_night(night, settings.storage.warehouse, name)
            yield from _publish(night, sessions, plan, kept)
        kept.priors.promote(kept.priors.generations()[-1].generation_id)


def _publish(
    shop: MadeShop, sessions: int, plan: NightlyPlan, kept: KeptStores
) -> Iterator[tuple[str, float]]:
    warehouse = Path(plan.warehouse)
    building = warehouse / names.BUILDING_FOLDER / plan.generation_id
    file = building / "sessions.parquet"
    write_sessions(shop, sessions, file)
    started = time.process_time()
    made = build_session_index(file, None, plan.index_sessions)
    if made is not None:
        (building / names.SESSION_INDEX_FILE).write_bytes(encode_index(made.index))
    yield "session index, weights and return table", time.process_time() - started
    started = time.process_time()
    later = timedelta(minutes=len(kept.priors.generations()))
    generation = check_generation(plan, building, datetime.now(UTC) + later)
    yield f"check of {sum(generation.rows_by_table.values()):,} rows", time.process_time() - started
    folder = complete(generation, building, warehouse)
    started = time.process_time()
    load(kept.priors, folder)
    load_index(kept.priors, folder)
    register(kept.priors, folder)
    yield "publication", time.process_time() - started
    shutil.rmtree(folder)


def _write_catalogue(shop: MadeShop, kept: KeptStores) -> None:
    categories = shop.category_ids().tolist()
    kept.catalogue.write_categories(
        [Category(category_id=CategoryId(name), name=name) for name in categories]
    )
    products = (
        Product(
            product_id=ProductId(name),
            category_id=CategoryId(categories[number * CATEGORIES // shop.products]),
            title=f"Product {number} of the made shop, with some words",
            price=float(number % 200),
            rating=4.0,
            rating_count=number % 1_000,
            brand=f"brand-{number % 5_000}",
        )
        for number, name in enumerate(shop.product_ids().tolist())
    )
    while some := list(islice(products, _AT_ONCE)):
        kept.catalogue.write_products(some)
