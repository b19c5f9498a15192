"""Every table over an enum has a row for each member: a new member is told where it lacks one."""

from collections.abc import Collection, Mapping, Sequence

import numpy as np
import pytest

from personalization.domain.action_table import Floats
from personalization.domain.asked import Strategy, TermName
from personalization.domain.context import CategoryAffinity, Context, Daypart, Season
from personalization.domain.event import Device, EventType
from personalization.domain.identifiers import CategoryId, ProductId, Region
from personalization.domain.prior import (
    PriorKey,
    PriorName,
    PriorTable,
    popularity_within,
)
from personalization.domain.repeats import COUNTED_A_DAY
from personalization.domain.reward import REWARDS
from personalization.domain.tastes import MOST_OF_KIND, TasteKind, TasteTerm
from personalization.domain.tuning import CATEGORY_PRIOR_WEIGHTS, PRODUCT_PRIOR_WEIGHTS
from personalization.explanations.clauses import (
    ADJUSTMENT_WORDS,
    LIST_WORDS,
    PRIOR_WORDS,
    TASTE_WORDS,
    TERM_WORDS,
    adjustment_words,
    prior_words,
)
from personalization.explanations.interactions import VERBS
from personalization.priors.active_priors import ActivePriors
from personalization.priors.kept_table import ReadsRows
from personalization.ranking import boosts, breadth, diversity, fatigue
from personalization.ranking.prior_strengths import (
    category_lists,
    category_strengths,
    product_strengths,
)
from personalization.ranking.tastes import STRENGTH_OF_TERM
from personalization.recommendations.row_lists import STRATEGIES
from personalization.recommendations.titles import ROW_TITLES
from personalization.tracking.sent_lines import PRODUCTS_OF_AN_EVENT

SHIRTS = CategoryId("shirts")
CONTEXT = Context(
    season=Season.SUMMER,
    daypart=Daypart.MORNING,
    device=Device.MOBILE,
    region=Region("pl"),
    affinities=(CategoryAffinity(SHIRTS, 1.0),),
    interaction_count=1,
)


@pytest.mark.parametrize(
    ("table", "members"),
    [
        (REWARDS, EventType),
        (COUNTED_A_DAY, EventType),
        (VERBS, [event_type for event_type in EventType if event_type.is_evidence]),
        (PRODUCTS_OF_AN_EVENT, EventType),
        (PRIOR_WORDS, PriorName),
        (TASTE_WORDS, TasteTerm),
        (STRENGTH_OF_TERM, TasteTerm),
        (MOST_OF_KIND, TasteKind),
        (PRODUCT_PRIOR_WEIGHTS, PriorName),
        (
            ADJUSTMENT_WORDS,
            [
                boosts.NEW,
                boosts.RATED,
                boosts.VIEWED,
                diversity.DIVERSITY,
                breadth.BREADTH,
                fatigue.FATIGUE,
            ],
        ),
        (LIST_WORDS, Strategy),
        (TERM_WORDS, [name for name in TermName if name is not TermName.LIST]),
        (STRATEGIES, Strategy),
        (ROW_TITLES, Strategy),
    ],
    ids=[
        "rewards",
        "repeats",
        "verbs",
        "products",
        "words",
        "tastes",
        "taste terms",
        "bounds",
        "weights",
        "adjustments",
        "lists",
        "terms",
        "strategies",
        "titles",
    ],
)
def test_a_table_has_a_row_for_each_member(
    table: Collection[str], members: Collection[str]
) -> None:
    assert set(table) == set(members)


class EveryList(ActivePriors):
    """Priors in which every product and category has a strength in every list."""

    def __init__(self) -> None:
        pass

    def strengths(self, keys: Sequence[PriorKey]) -> Mapping[PriorKey, dict[str, float]]:
        read = {
            PriorTable.RATED_CATEGORIES,
            PriorTable.POPULAR_CATEGORIES,
            PriorTable.PRODUCT_PRIORS,
        }
        assert {table for table, _ in keys} <= read
        scoped = [popularity_within("season:summer"), popularity_within("region:pl")]
        return {key: dict.fromkeys([*map(str, PriorName), *scoped, SHIRTS], 0.5) for key in keys}

    def kept_table(self, names: object, product_ids: Sequence[str], read: ReadsRows) -> Floats:
        del names
        return np.array(read(product_ids))


def test_every_prior_with_a_weight_takes_part_in_scores() -> None:
    priors = EveryList()

    products = product_strengths(
        {ProductId("shirt-1"): SHIRTS}, CONTEXT, priors, PRODUCT_PRIOR_WEIGHTS
    )
    of_category = {name: [0.5] for name in category_lists(CONTEXT.region)}
    categories = category_strengths(of_category, CONTEXT, CATEGORY_PRIOR_WEIGHTS)

    assert {name.partition(":")[0] for name in products.weights} == set(PriorName)
    assert {name.partition(":")[0] for name in categories.weights} == set(CATEGORY_PRIOR_WEIGHTS)


@pytest.mark.parametrize("name", [*PriorName, "popularity_region:pl", "popularity_season:summer"])
def test_every_prior_has_words_of_its_own(name: str) -> None:
    words = prior_words(name, "Shirts")

    assert "{" not in words
    assert (words == "Popular in the shop") == (name == PriorName.POPULARITY)


@pytest.mark.parametrize("strategy", Strategy)
def test_the_list_of_every_strategy_has_words_with_its_anchor_and_category(
    strategy: Strategy,
) -> None:
    words = prior_words(f"list:{strategy.value}", "Shirts", about="Blue shirt")

    assert words == LIST_WORDS[strategy].format(place="Shirts", about="Blue shirt")
    assert "{" not in words


def test_an_unknown_prior_or_adjustment_is_an_error_and_no_reason() -> None:
    with pytest.raises(ValueError, match="margin"):
        prior_words("margin", "Shirts")
    with pytest.raises(KeyError, match="boost:margin"):
        adjustment_words("boost:margin", 0.1)
