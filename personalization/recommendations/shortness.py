"""Why a row is shorter than it should be, in a sentence."""

from personalization.catalogue.filters.contradictions import contradiction_of
from personalization.catalogue.filters.filter import EVERYTHING
from personalization.domain.asked import Strategy
from personalization.recommendations.cursor import MOST_SHOWN
from personalization.recommendations.person import PersonVisits
from personalization.recommendations.request import RowRequest
from personalization.recommendations.row_lists import STRATEGIES
from personalization.recommendations.row_search import FoundRow, Loss

NO_ANCHOR = "It needs a product or a cart, or a visit that looked at something."
UNKNOWN_ANCHORS = "The catalogue does not know the product that it is about."


UNREADABLE = "What was done in other visits cannot be read at the moment."
_OF_PERSON = {Strategy.RECENTLY_VIEWED, Strategy.BUY_AGAIN}


def why_short(found: FoundRow, request: RowRequest, person: PersonVisits) -> str:
    contradiction = contradiction_of(request.filter)
    if contradiction is not None:
        return contradiction
    if len(found.marks) >= MOST_SHOWN:
        return f"The list ends after {MOST_SHOWN:,} products."
    if request.strategy in _OF_PERSON and not person.is_known:
        return UNREADABLE
    if found.unknown_category is not None:
        return f"The catalogue has no category {found.unknown_category!r}."
    # A look through the whole catalogue lists what matches alone.
    is_looked_at = found.listed > 0 or (found.is_whole and request.filter != EVERYTHING)
    return _why_few(found, request) if is_looked_at else _why_none(found, request)


def _why_none(found: FoundRow, request: RowRequest) -> str:
    kind = STRATEGIES[request.strategy]
    if kind.is_anchored and not found.anchors:
        return UNKNOWN_ANCHORS if request.anchors else NO_ANCHOR
    return kind.nothing


def _why_few(found: FoundRow, request: RowRequest) -> str:
    kept, losses = len(found.sources), found.losses
    lost = {loss for loss in Loss if losses[loss]}
    by_filter = request.filter != EVERYTHING and found.is_whole and Loss.SHOWN not in lost
    if by_filter or lost == {Loss.FILTER}:
        return f"{_products(kept)} {'match' if kept > 1 else 'matches'} the filter."
    reasons = ", ".join([f"{losses[loss]:,} {loss.value}" for loss in Loss if loss in lost])
    listed = f"There {'are' if found.listed > 1 else 'is'} {_products(found.listed)}"
    return f"{listed}: {reasons}." if reasons else f"{listed} in all."


def _products(count: int) -> str:
    return {0: "No product", 1: "1 product"}.get(count, f"{count:,} products")
