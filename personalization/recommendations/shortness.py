"""Why a row is shorter than it should be, in a sentence."""

from personalization.recommendations.cursor import MOST_SHOWN
from personalization.recommendations.request import RowRequest
from personalization.recommendations.row_lists import STRATEGIES
from personalization.recommendations.row_search import FoundRow, Loss

NO_ANCHOR = "It needs a product or a cart, or a visit that looked at something."
UNKNOWN_ANCHORS = "The catalogue does not know the product that it is about."


def why_short(found: FoundRow, request: RowRequest) -> str:
    kind = STRATEGIES[request.strategy]
    if len(found.marks) >= MOST_SHOWN:
        return f"The list ends after {MOST_SHOWN:,} products."
    if not found.listed:
        if kind.is_anchored and not found.anchors:
            return UNKNOWN_ANCHORS if request.anchors else NO_ANCHOR
        return kind.nothing
    kept, losses = len(found.sources), found.losses
    only_filter = {loss for loss in losses if losses[loss]} == {Loss.FILTER}
    if only_filter:
        return f"{_products(kept)} {'match' if kept != 1 else 'matches'} the filter."
    lost = [f"{losses[loss]:,} {loss.value}" for loss in Loss if losses[loss]]
    listed = f"There are {_products(found.listed)}" if found.listed != 1 else "There is 1 product"
    return f"{listed}: {', '.join(lost)}." if lost else f"{listed} in all."


def _products(count: int) -> str:
    return {0: "No product", 1: "1 product"}.get(count, f"{count:,} products")
