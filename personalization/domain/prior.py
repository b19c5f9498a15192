"""Priors: nightly, non-personal estimates, kept as ranked lists under a table and a key."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache, lru_cache
from typing import Final

from personalization.domain.context import Season
from personalization.domain.identifiers import GenerationId, Region

LAG_BUCKETS: tuple[tuple[int, int], ...] = ((1, 1), (2, 2), (3, 4), (5, 19))
"""First and last lag of each bucket of `lag_affinity`, in steps."""


def lag_bucket(lag: int) -> int | None:
    """Return the bucket (1, 2, ...) of a lag in steps; None beyond the last and for lag 0."""
    for number, (first, last) in enumerate(LAG_BUCKETS, start=1):
        if first <= lag <= last:
            return number
    return None


def lag_key(product_id: str, bucket: int) -> str:
    return f"{product_id}@{bucket}"


class PriorTable(StrEnum):
    """The tables of a generation; beside each: its key, its members, what `value` holds."""

    PRODUCT_AFFINITY = "product_affinity"
    """product -> products; value: the transition's conditional probability."""
    LAG_AFFINITY = "lag_affinity"
    """product and lag bucket (`lag_key`) -> products; value: the shrunk lift."""
    CATEGORY_AFFINITY = "category_affinity"
    """category -> categories; value: the transition's conditional probability."""
    CATEGORY_LEADERS = "category_leaders"
    """category -> its most popular products; value: interactions in the period."""
    POPULAR_PRODUCTS = "popular_products"
    """`global`, region or season -> products; value: weighted interactions in the period."""
    POPULAR_CATEGORIES = "popular_categories"
    """`global` or region -> categories; value: weighted interactions in the period."""
    RATED_PRODUCTS = "rated_products"
    """`global` -> products; value: shrunk rating in stars."""
    RATED_CATEGORIES = "rated_categories"
    """`global` -> categories; value: mean stars over rated products only."""
    TRENDING = "trending"
    """`global` -> products; value: growth factor against the weeks before."""
    NEW_ARRIVALS = "new_arrivals"
    """`global` -> products; value: days since they were listed."""
    BUNDLES = "bundles"
    """product -> bundle ids that contain it; value: lift."""
    BUNDLE_PRODUCTS = "bundle_products"
    """bundle id -> its products; value: price share or confidence."""
    PRODUCT_PRIORS = "product_priors"
    """product -> each `PriorName` it has, regional and seasonal ones with their scope, such as
    `popularity_region:pl`; strength: the product's share (of its category for
    `popularity_category`), or the rating scaled to 0..1. Where users are known, its `Trait`s too:
    `brand:nike` and `size:m` with strength 1, and `price` by its `scaled_price`."""
    USER_TASTES = "user_tastes"
    """user -> what they like, each member with its `TasteKind`, such as `category:shirts`;
    strength: the share of its kind, value: its faded rewards. `price:mean` and `price:spread` have
    no strength, their value is of scaled prices."""


_OF_PEOPLE: Final[Mapping[PriorTable, bool]] = {
    PriorTable.PRODUCT_AFFINITY: True,
    PriorTable.LAG_AFFINITY: True,
    PriorTable.CATEGORY_AFFINITY: True,
    PriorTable.CATEGORY_LEADERS: True,
    PriorTable.POPULAR_PRODUCTS: True,
    PriorTable.POPULAR_CATEGORIES: True,
    PriorTable.RATED_PRODUCTS: True,
    PriorTable.RATED_CATEGORIES: False,
    PriorTable.TRENDING: True,
    PriorTable.NEW_ARRIVALS: False,
    PriorTable.BUNDLES: True,
    PriorTable.BUNDLE_PRODUCTS: True,
    PriorTable.PRODUCT_PRIORS: True,
    PriorTable.USER_TASTES: True,
}
"""Whether supports of a table are numbers of people; those of the others are of products."""


def counts_people(table: PriorTable) -> bool:
    return _OF_PEOPLE[table]


OF_VIEWED_PRODUCTS = frozenset({PriorTable.PRODUCT_AFFINITY, PriorTable.LAG_AFFINITY})
"""Asked for by what a session has viewed; most of what a generation holds."""


OF_USERS = frozenset({PriorTable.USER_TASTES})
"""A list for each person, of whom there may be millions: read one by one, never ahead."""


class PriorName(StrEnum):
    """A prior that every product may have."""

    POPULARITY = "popularity"
    """Share of all weighted interactions of the period."""
    POPULARITY_CATEGORY = "popularity_category"
    """The same within the product's category."""
    POPULARITY_REGION = "popularity_region"
    """The same within the shopper's region; stored as `popularity_region:pl`."""
    POPULARITY_SEASON = "popularity_season"
    """The same within the season; stored as `popularity_season:summer`."""
    RATING = "rating"
    """Shrunk rating, one star being 0 and five stars 1."""


SESSION_INDEX = "session_index"
"""What `rows_by_table` calls the sessions of the index; absent where a generation has none."""


class ScopeKind(StrEnum):
    REGION = "region"
    SEASON = "season"

    @property
    def prefix(self) -> str:
        return f"{self.value}:"

    @property
    def popularity(self) -> PriorName:
        return PriorName(f"{PriorName.POPULARITY.value}_{self.value}")


GLOBAL_SCOPE = "global"


@lru_cache(maxsize=1_000)
def region_scope(region: Region) -> str:
    return f"{ScopeKind.REGION.prefix}{region}"


@cache
def season_scope(season: Season) -> str:
    return f"{ScopeKind.SEASON.prefix}{season.value}"


@lru_cache(maxsize=1_000)
def popularity_within(scope: str) -> str:
    """Return the member of `product_priors` for the popularity within a region or season."""
    return f"{PriorName.POPULARITY.value}_{scope}"


@dataclass(frozen=True, slots=True)
class RankedMember:
    """One entry of a ranked list.

    `strength` is normalised to 0..1 within its list (or across the table, where members of
    different lists are compared), `value` is the raw figure that an explanation quotes,
    `support` the number of shoppers (sessions, or users where known) behind it, of ratings
    where the value is one, and of sales where the catalogue brought them.
    """

    member_id: str
    strength: float
    value: float
    support: int


RankedList = tuple[RankedMember, ...]
"""Strongest first."""

PriorKey = tuple[PriorTable, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """One night's complete priors and where they came from."""

    generation_id: GenerationId
    run_date: date
    created_at: datetime
    rows_by_table: dict[str, int]
    absent: dict[str, str]
    """Prior that the data could not support -> the reason."""
    parameters: dict[str, str]
