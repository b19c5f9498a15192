"""What a page asked of one row, or of the order of its own list: kept with the decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from personalization.domain.identifiers import CategoryId, ProductId, Region
from personalization.value_classes import set_by_slots


class Strategy(StrEnum):
    """Where the products of a row come from; the values are the names in calls and settings."""

    PERSONAL = "personal"
    """What suits the visit and the person."""
    SIMILAR = "similar"
    """Substitutes of a product: what is looked at instead of it."""
    COMPLEMENTARY = "complementary"
    """What completes a product or a cart, never a substitute."""
    BOUGHT_TOGETHER = "bought_together"
    """What is in the same orders as a product or a cart."""
    BUNDLES = "bundles"
    """The other products of bundles that a product or a cart is part of."""
    TRENDING = "trending"
    POPULAR = "popular"
    NEW = "new"
    RECENTLY_VIEWED = "recently_viewed"
    BUY_AGAIN = "buy_again"
    CATEGORY = "category"
    """The best of one category, those below it included."""


class AskedKind(StrEnum):
    ROW = "row"
    """A row of a page, whose products a strategy found."""
    RANK = "rank"
    """A list of the shop's own, of which only the order was asked for."""


class TermName(StrEnum):
    """Terms of a score beside the priors of `PriorName`."""

    LIST = "list"
    """The list of the row's strategy; stored with it, as `list:similar`."""
    CATALOGUE = "catalogue"
    """What is popular or of a category beyond the night's lists, which nothing is said of."""
    SHOP_SCORE = "shop_score"
    """What the shop itself thinks of a product of its list."""
    SEARCH_WORDS = "search_words"
    """How much of what was searched for a product's title, brand and category say."""


@dataclass(frozen=True, slots=True)
class Term:
    """One more prior of a set of products.

    Its weight u is `share`, what is left goes to the other priors in their proportions.
    """

    name: str
    share: float
    """0..1; the shares of all terms together stay below 1."""
    strengths: Mapping[ProductId, float]
    """Above 0, on any scale: a term is divided by its total over the set."""


@set_by_slots
@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked for, after the placement's settings were filled in.

    The set of products that it led to are the actions of its decision: they are given to a replay,
    as the catalogue of a past moment is not kept.
    """

    nonce: str
    """Tells apart the decisions of one session and moment."""
    kind: AskedKind = AskedKind.ROW
    strategy: Strategy = Strategy.PERSONAL
    """The one that found the products."""
    fell_back_from: Strategy | None = None
    """The one that was asked for, where it found too few."""
    anchors: tuple[ProductId, ...] = ()
    """The product or the cart that the row is about."""
    anchor_title: str = ""
    """Of the first of them, as sentences call it."""
    category_id: CategoryId | None = None
    market: Region | None = None
    words: str = ""
    """What was searched for."""
    filter: str = ""
    """The canonical text of the filter (`personalization.catalogue.filters`)."""
    term_shares: tuple[tuple[str, float], ...] = ()
    """Name and share of each `Term` that took part; strengths are in the decision's frame."""

    @property
    def is_broad(self) -> bool:
        """Whether its products should be of several categories: what is personal, unless asked."""
        is_personal = self.strategy is Strategy.PERSONAL and self.kind is AskedKind.ROW
        return is_personal and self.category_id is None and not self.filter
