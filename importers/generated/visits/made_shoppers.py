"""Who the made-up visits are of, and what they like."""

from dataclasses import dataclass

from numpy.random import Generator, default_rng

from importers.generated.visits.visited_products import VisitedProducts
from personalization.domain.identifiers import CategoryId

NAMED = 0.5
"""Of the visits are of a known user."""
LIKED_CATEGORIES, LIKED_COLOURS = 3, 2
REGIONS = {"de": 0.3, "gb": 0.25, "us": 0.2, "fr": 0.15, "pl": 0.1}
"""Country -> share of the shoppers."""
REGION_PULL = 4.0
"""How much more often the favourite category of a region is liked there."""
_TASTES, _FAVOURITES = 3, 4


@dataclass(frozen=True, slots=True)
class ShopperTaste:
    region: str
    audience: str
    categories: tuple[CategoryId, ...]
    colours: frozenset[str]


class MadeShoppers:
    """Known users keep their taste for good; of other visits each has one of its own."""

    def __init__(self, products: VisitedProducts, users: int, seed: int) -> None:
        self._products, self._users, self._seed = products, users, seed
        self._tastes: dict[int, ShopperTaste] = {}
        self._colours = sorted({product.colour for product in products.products} - {""})

    def draw(self, random: Generator) -> tuple[int | None, ShopperTaste]:
        """Return who comes, None for somebody unknown; some users come far more often."""
        if random.random() >= NAMED:
            return None, self._taste(random)
        user = int(self._users * random.random() ** 1.5)
        if user not in self._tastes:
            self._tastes[user] = self._taste(default_rng([self._seed, _TASTES, user]))
        return user, self._tastes[user]

    def favourite(self, region: str, audience: str) -> CategoryId:
        """Return the category that is liked more in a region than elsewhere."""
        categories = self._products.shelves[audience].categories
        place = list(REGIONS).index(region)
        random = default_rng([self._seed, _FAVOURITES, place])
        return categories[int(random.integers(len(categories)))]

    def _taste(self, random: Generator) -> ShopperTaste:
        region = str(random.choice(list(REGIONS), p=list(REGIONS.values())))
        audiences = self._products.audiences
        audience = audiences[int(random.choice(len(audiences), p=self._products.audience_shares))]
        shelves = self._products.shelves[audience]
        pulls = shelves.shares.copy()
        pulls[shelves.categories.index(self.favourite(region, audience))] *= REGION_PULL
        count = min(LIKED_CATEGORIES, len(shelves.categories))
        liked = random.choice(len(pulls), count, replace=False, p=pulls / pulls.sum())
        wanted = min(LIKED_COLOURS, len(self._colours))
        colours = random.choice(self._colours, wanted, replace=False) if wanted else ()
        return ShopperTaste(
            region,
            audience,
            tuple(shelves.categories[place] for place in liked.tolist()),
            frozenset(map(str, colours)),
        )
