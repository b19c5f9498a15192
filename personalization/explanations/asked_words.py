"""What a row or list was asked for, in words."""

from collections.abc import Mapping

from personalization.domain.asked import Asked, AskedKind, Strategy
from personalization.domain.decision import Decision

STRATEGY_WORDS: Mapping[Strategy, str] = {
    Strategy.PERSONAL: "products for this visit",
    Strategy.SIMILAR: "products similar to {about}",
    Strategy.COMPLEMENTARY: "products that complete {about}",
    Strategy.BOUGHT_TOGETHER: "products bought together with {about}",
    Strategy.BUNDLES: "products of bundles with {about}",
    Strategy.TRENDING: "trending products",
    Strategy.POPULAR: "popular products",
    Strategy.NEW: "new products",
    Strategy.RECENTLY_VIEWED: "products viewed lately",
    Strategy.BUY_AGAIN: "products bought before",
    Strategy.CATEGORY: "products of category {category}",
}
"""What each strategy finds."""


def asked_words(decision: Decision, asked: Asked) -> str:
    """Return such as `of 23 products similar to Blue shirt that the filter {...} leaves`."""
    what = f"of {len(decision.actions)} {_what(asked)}"
    if asked.words:
        what += f" for the search {asked.words!r}"
    if asked.market is not None:
        what += f" in market {asked.market}"
    if asked.filter:
        what += f" that the filter {asked.filter} leaves"
    if asked.fell_back_from is not None:
        what += f"; strategy {asked.fell_back_from} had found too few"
    return what


def _what(asked: Asked) -> str:
    if asked.kind is AskedKind.RANK:
        return "products of the shop's own list"
    about = asked.anchor_title or next(iter(asked.anchors), "what was asked about")
    if asked.anchors[1:]:
        about += f" and {len(asked.anchors) - 1} more"
    return STRATEGY_WORDS[asked.strategy].format(about=about, category=asked.category_id)
