"""The first view of a session, of which nothing is known yet but where it comes from."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from evaluation.held_out import views_of
from evaluation.next_item import CUTOFF, QueryRanks, rank_of
from evaluation.past_views import PastViews
from personalization.domain.event import Event

BY_REGION = "popularity by region"
_SHOP_VIEWS = 100
"""Views that a region borrows from the whole shop, so that a rare one says little."""


@dataclass(frozen=True, slots=True)
class FirstClickPopularity:
    """Ranks by views: of the whole shop, or of a region with some of the whole shop's."""

    views: Counter[str]
    by_region: dict[str, Counter[str]]

    @classmethod
    def of(cls, past: PastViews) -> "FirstClickPopularity":
        views: Counter[str] = Counter()
        for counts in past.views_by_region.values():
            views.update(counts)
        regions = {region: counts for region, counts in past.views_by_region.items() if region}
        return cls(views, regions)

    def ranking(self, region: str | None) -> Sequence[str]:
        counts = self.by_region.get(region or "", Counter())
        share = _SHOP_VIEWS / max(1, self.views.total())
        scores = {product: counts[product] + share * views for product, views in self.views.items()}
        return sorted(scores, key=lambda product: -scores[product])[:CUTOFF]

    def measure(self, sessions: Sequence[Sequence[Event]], *, regional: bool) -> list[QueryRanks]:
        """Return where the first view of each session stands."""
        rankings: dict[str | None, Sequence[str]] = {}
        ranks: list[QueryRanks] = []
        for events in sessions:
            region = events[0].region if regional else None
            if region not in rankings:
                rankings[region] = self.ranking(region)
            ranks.append(first_click_ranks(events, rankings[region]))
        return ranks


def first_click_ranks(events: Sequence[Event], ranking: Sequence[str]) -> QueryRanks:
    """Return where the session's first view stands, in a list of nothing seen."""
    rank = rank_of(views_of(events)[0], ranking[:CUTOFF])
    return QueryRanks(rank, rank)
