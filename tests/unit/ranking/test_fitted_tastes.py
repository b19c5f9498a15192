"""Shares of tastes are those that foresee returns, and none where tastes say nothing."""

from random import Random

from personalization.domain.identifiers import CategoryId, ProductId
from personalization.domain.prior import RankedMember
from personalization.domain.tastes import TasteTerm
from personalization.ranking.fitted_tastes import (
    HAND_SET,
    MOST_SHARE,
    NONE,
    ReturningVisit,
    ShopBefore,
    fit_shares,
)
from personalization.ranking.tastes import Tastes

PRODUCTS = [f"p{number:03d}" for number in range(120)]
CATEGORY = {product: f"c{number % 12}" for number, product in enumerate(PRODUCTS)}
SHOP = ShopBefore(
    {ProductId(product): CategoryId(of) for product, of in CATEGORY.items()},
    {
        product: {"popularity": 1 / rank, "popularity_category": 1 / rank}
        for rank, product in enumerate(PRODUCTS, 1)
    },
    PRODUCTS,
    {},
)


def _person(chance: Random) -> Tastes:
    own = chance.sample(PRODUCTS, 5)
    liked = chance.choice(list(CATEGORY.values()))
    members = [RankedMember(f"product:{product}", 0.2, 1.0, 1) for product in own]
    return Tastes.of((RankedMember(f"category:{liked}", 1.0, 1.0, 1), *members))


def _visits(count: int, seed: int, follows: str) -> list[ReturningVisit]:
    chance = Random(seed)
    visits = []
    for _ in range(count):
        tastes = _person(chance)
        wanted = {
            "category": [of for of in PRODUCTS if CATEGORY[of] in tastes.categories],
            "products": list(tastes.products),
            "popularity": PRODUCTS,
        }[follows]
        weights = [SHOP.rows[product]["popularity"] for product in wanted]
        visits.append(ReturningVisit(tastes, chance.choices(wanted, weights)))
    return visits


def test_the_term_by_which_people_come_back_gets_the_share() -> None:
    of_category = fit_shares(_visits(300, 1, "category"), _visits(300, 2, "category"), SHOP)
    of_products = fit_shares(_visits(300, 1, "products"), _visits(300, 2, "products"), SHOP)

    assert of_category[TasteTerm.CATEGORIES] > of_category[TasteTerm.PRODUCTS]
    assert of_products[TasteTerm.PRODUCTS] > of_products[TasteTerm.CATEGORIES]
    assert sum(of_products.values()) <= MOST_SHARE + 0.001


def test_tastes_that_foresee_nothing_on_later_days_get_nothing() -> None:
    found = fit_shares(_visits(300, 1, "products"), _visits(2_000, 2, "popularity"), SHOP)

    assert found == NONE


def test_few_returns_choose_nothing() -> None:
    assert fit_shares(_visits(99, 1, "category"), _visits(300, 2, "category"), SHOP) == HAND_SET
    assert fit_shares([], [], SHOP) == HAND_SET


def test_a_gain_that_luck_explains_gives_nothing_a_share() -> None:
    chosen = [
        fit_shares(_visits(150, seed, "popularity"), _visits(150, 100 + seed, "popularity"), SHOP)
        for seed in range(20)
    ]

    assert sum(shares != NONE for shares in chosen) <= 1
