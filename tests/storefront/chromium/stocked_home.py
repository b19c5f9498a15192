"""A shop of the generator's garments whose night is written down: browsers need no Spark."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from importers.generated.catalogue import CATEGORIES, PlantedProduct, planted_products
from personalization.domain.context import season_of
from personalization.domain.identifiers import CategoryId
from personalization.domain.prior import (
    GLOBAL_SCOPE,
    PriorKey,
    PriorName,
    PriorTable,
    RankedList,
    RankedMember,
)
from personalization.domain.product import Category
from personalization.settings.storage import StorageSettings
from personalization.wiring import CoreSettings, open_kept
from tests.builders.generation import a_generation
from tests.e2e.shop_process import run_command

SEED: Final = 7
REGION: Final = "pl"
_SHOPPERS: Final = 1_000
_List = tuple[PriorKey, RankedList]


def garments() -> list[PlantedProduct]:
    today = datetime.now(UTC).date()
    return planted_products(np.random.default_rng(SEED), today - timedelta(days=60), today)


def stock(home: Path) -> list[PlantedProduct]:
    """Write products, what a night would say of them, and an offer; return the garments."""
    products = garments()
    generation = a_generation()
    with open_kept(CoreSettings(storage=StorageSettings(home=home))) as kept:
        categories = [Category(category_id=CategoryId(name), name=name) for name in CATEGORIES]
        kept.catalogue.write_categories(categories)
        kept.catalogue.write_products([garment.product for garment in products])
        kept.priors.write_many(generation.generation_id, list(_lists(products)))
        kept.priors.register(generation)
        kept.priors.promote(generation.generation_id)
    run_command(
        "rules", "add", "set", "offer", "--percent", "10", "--author", "test",
        "--reason", "10 % off for all of it", "--home", str(home),
    )  # fmt: skip
    return products


def _lists(products: Sequence[PlantedProduct]) -> Iterator[_List]:
    names = [garment.product.product_id for garment in products]
    by_popularity = sorted(products, key=lambda garment: -garment.popularity)
    yield _ranked_list(PriorTable.POPULAR_PRODUCTS, GLOBAL_SCOPE, _ids(by_popularity))
    yield _ranked_list(PriorTable.POPULAR_PRODUCTS, REGION, _ids(by_popularity[3:]))
    yield _ranked_list(PriorTable.RATED_CATEGORIES, GLOBAL_SCOPE, CATEGORIES)
    yield _ranked_list(PriorTable.POPULAR_CATEGORIES, GLOBAL_SCOPE, CATEGORIES)
    trending = [garment for garment in products if garment.trending] + by_popularity[20:29]
    yield _ranked_list(PriorTable.TRENDING, GLOBAL_SCOPE, _ids(trending))
    newest = sorted(products, key=lambda garment: str(garment.product.listed_on))
    yield _ranked_list(PriorTable.NEW_ARRIVALS, GLOBAL_SCOPE, _ids(newest[-12:]))
    of_category: defaultdict[str, list[PlantedProduct]] = defaultdict(list)
    for garment in by_popularity:
        of_category[garment.product.category_id].append(garment)
    for category, members in of_category.items():
        yield _ranked_list(PriorTable.CATEGORY_LEADERS, category, _ids(members))
    for place, garment in enumerate(products):
        rest = [other.product.product_id for other in of_category[garment.product.category_id]]
        companions = [names[companion] for companion in garment.companions]
        followers = [*companions, names[garment.partner], *rest]
        followed = dict.fromkeys(name for name in followers if name != names[place])
        yield _ranked_list(PriorTable.PRODUCT_AFFINITY, names[place], list(followed)[:12])
        bundle = f"{names[place]}+{names[garment.partner]}"
        yield _ranked_list(PriorTable.BUNDLES, names[place], [bundle])
        yield _ranked_list(
            PriorTable.BUNDLE_PRODUCTS, bundle, [names[place], names[garment.partner]]
        )
        yield _priors(garment)


def _priors(garment: PlantedProduct) -> _List:
    season = season_of(datetime.now(UTC).date(), None)
    shares = {
        PriorName.POPULARITY.value: garment.popularity / 20,
        PriorName.POPULARITY_CATEGORY.value: garment.popularity / 5,
        f"{PriorName.POPULARITY_REGION.value}:{REGION}": garment.popularity / 20,
        f"{PriorName.POPULARITY_SEASON.value}:{season.value}": garment.popularity / 20,
        PriorName.RATING.value: ((garment.product.rating or 3.0) - 1) / 4,
    }
    members = tuple(
        RankedMember(member_id=name, strength=share, value=share, support=_SHOPPERS)
        for name, share in shares.items()
    )
    return (PriorTable.PRODUCT_PRIORS, garment.product.product_id), members


def _ids(products: Iterable[PlantedProduct]) -> list[str]:
    return [garment.product.product_id for garment in products]


def _ranked_list(table: PriorTable, key: str, names: Sequence[str]) -> _List:
    members = tuple(
        RankedMember(
            member_id=name,
            strength=1.0 - place / (len(names) + 1),
            value=4.5 - place / 10,
            support=_SHOPPERS,
        )
        for place, name in enumerate(names)
    )
    return (table, key), members
