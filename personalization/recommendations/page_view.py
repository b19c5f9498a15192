"""What the rows of one page share: the visit, what was read for it, and what is shown already."""

from dataclasses import dataclass, field
from datetime import datetime

from personalization.catalogue.columns.pinned_columns import PinnedColumns
from personalization.catalogue.columns.popularity_order import PopularityOrder
from personalization.decisions.pinned import Pinned
from personalization.decisions.visit import VisitReader
from personalization.domain.identifiers import ProductId, Region
from personalization.domain.session import Session
from personalization.experiments.decider import Decider
from personalization.recommendations.made_lists import ListsOfNow, MadeLists
from personalization.recommendations.person import PersonVisits


@dataclass(frozen=True, slots=True)
class MarketView:
    """All that is pinned for one market."""

    market: Region | None
    """None for the visit's own region."""
    pinned: Pinned
    reader: VisitReader
    lists: ListsOfNow


@dataclass(slots=True)
class PageView:
    decider: Decider
    session: Session
    now: datetime
    person: PersonVisits
    columns: PinnedColumns
    lists: MadeLists
    order: PopularityOrder
    """Of the generation: what follows where lists end."""
    shown: set[ProductId] = field(default_factory=set[ProductId])
    """What earlier rows of the page show."""
    _markets: dict[Region | None, MarketView] = field(
        default_factory=dict[Region | None, MarketView]
    )

    def of_market(self, market: Region | None) -> MarketView:
        """Raise as `Decider.pin` does."""
        if market == self.session.region:
            market = None
        if market not in self._markets:
            pinned = self.decider.pin(self.now, market or self.session.region)
            reader = VisitReader(self.session, self.now, pinned)
            lists = self.lists.of(pinned)
            self._markets[market] = MarketView(market, pinned, reader, lists)
        return self._markets[market]
