"""Names of the priors of one product, the members of the table `product_priors`."""

from enum import StrEnum


class PriorName(StrEnum):
    """A prior that every product may have; regional and seasonal ones add their scope."""

    POPULARITY = "popularity"
    """Share of all weighted interactions of the period."""
    POPULARITY_CATEGORY = "popularity_category"
    """The same within the product's category."""
    RATING = "rating"
    """Shrunk rating, one star being 0 and five stars 1."""
    TRENDING = "trending"
    """1 - 1 / growth."""


def scoped_popularity_name(scope: str) -> str:
    """Return the name of a popularity within `region:x` or `season:s`."""
    return f"{PriorName.POPULARITY.value}_{scope}"
