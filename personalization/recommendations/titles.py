"""Titles of rows by what found their products, and by what their cards say."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from personalization.domain.asked import Strategy
from personalization.domain.decision import Decision
from personalization.domain.event import EventType
from personalization.explanations.clauses import about_of


@dataclass(frozen=True, slots=True)
class RowTitle:
    plain: str
    with_anchor: str
    """With the title of the product that the row is about."""
    with_category: str

    def __call__(self, about: str, category: str) -> str:
        if about:
            return self.with_anchor.format(about=about)
        return self.with_category.format(category=category) if category else self.plain


def _alike(plain: str, category: str = "") -> RowTitle:
    return RowTitle(plain, plain, category or plain)


ROW_TITLES: Mapping[Strategy, RowTitle] = {
    Strategy.PERSONAL: _alike("Items you may love", "Items you may love in {category}"),
    Strategy.SIMILAR: RowTitle("Similar items", "Similar to {about}", "Similar items"),
    Strategy.COMPLEMENTARY: RowTitle("Goes well with it", "Goes well with {about}", "Goes well"),
    Strategy.BOUGHT_TOGETHER: RowTitle(
        "Bought together", "Bought together with {about}", "Bought together"
    ),
    Strategy.BUNDLES: RowTitle("Better together", "Better together with {about}", "Bundles"),
    Strategy.TRENDING: _alike(
        "Trending items you may love", "Trending items you may love in {category}"
    ),
    Strategy.POPULAR: _alike("Popular in the shop", "Popular in {category}"),
    Strategy.NEW: _alike("New in the shop", "New in {category}"),
    Strategy.RECENTLY_VIEWED: _alike("Recently viewed"),
    Strategy.BUY_AGAIN: _alike("Buy again"),
    Strategy.CATEGORY: _alike("The best of the shop", "Popular in {category}"),
}
BECAUSE_VIEWED = "Because you viewed {about}"


def title_of(decision: Decision, category: str, reasons: Sequence[str], *, by_visit: bool) -> str:
    """Return the title of a row whose cards have these reasons.

    `by_visit` says that the visit gave its anchor, not the call.
    """
    asked = decision.asked
    if asked is None:
        return ""
    about = about_of(asked) if asked.anchors else ""
    if asked.strategy is Strategy.SIMILAR and by_visit and about:
        return BECAUSE_VIEWED.format(about=about)
    if asked.strategy is Strategy.PERSONAL and not category:
        subjects = {piece.subject: piece for piece in decision.evidence if piece.reward > 0}
        pieces = list(subjects.values())
        said = [reason for reason in reasons if reason.startswith("You viewed")]
        is_view = len(pieces) == 1 and pieces[0].type is EventType.PRODUCT_VIEW
        if is_view and 2 * len(said) > len(reasons):
            return BECAUSE_VIEWED.format(about=pieces[0].label)
    return ROW_TITLES[asked.strategy](about, category)
