"""What making a ranked list and a page of five rows costs, before anything is packed or sent.

    python -m benchmarks.pages.making --home var/demo

Held-out visits of the shop ask for the list of 200 products and the five rows of
`benchmarks.pages.calls`. Prints processor time of one thread, the least of five rounds, and calls
of functions, which are the same on a busy machine. The first time a visit asks counts for nothing,
so lists that depend on no visit are there, as they are where others asked before.
"""

import argparse
import cProfile
import pstats
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from benchmarks.held_out_queries import held_out_queries
from benchmarks.processor_time import least_mean_of
from personalization.catalogue.columns.filter_columns import FilterColumns
from personalization.catalogue.filters.filter_document import parse_filter
from personalization.domain.asked import Strategy
from personalization.domain.identifiers import ProductId
from personalization.domain.session import Session
from personalization.policies.placement import Placement
from personalization.recommendations.request import RankRequest, RowRequest
from personalization.recommendations.resolve import RANK_POLICY
from personalization.recommendations.row_maker import RowMaker
from personalization.wiring import CoreSettings, open_kept, open_ranking

SESSIONS: Final = 60
RANKED: Final = 200
ROW: Final = 10
_LIFE: Final = timedelta(hours=48)
_CHEAP: Final = parse_filter({"field": "price", "at_most": 60})
Visit = tuple[Session, datetime]


@dataclass(frozen=True, slots=True)
class ShopCalls:
    maker: RowMaker
    products: Sequence[ProductId]

    def rank(self, visit: Visit) -> None:
        session, now = visit
        scores = {product: float(RANKED - n) for n, product in enumerate(self.products)}
        placement = Placement(name="rank", size=RANKED, policy=RANK_POLICY)
        asked = RankRequest(placement=placement, product_ids=tuple(self.products), scores=scores)
        self.maker.rank(session, asked, now)

    def page(self, visit: Visit) -> None:
        session, now = visit
        viewed = [entry.product_id for entry in session.recent if entry.product_id]
        cart = tuple(dict.fromkeys(viewed[:3]))
        rows = [
            _row("home", Strategy.PERSONAL),
            _row("similar", Strategy.SIMILAR, anchors=tuple(viewed[:1])),
            _row("complementary", Strategy.COMPLEMENTARY, anchors=cart),
            _row("trending", Strategy.TRENDING),
            RowRequest(placement=_placement("popular"), strategy=Strategy.POPULAR, filter=_CHEAP),
        ]
        self.maker.page(session, rows, now)


def _row(name: str, strategy: Strategy, anchors: tuple[ProductId, ...] = ()) -> RowRequest:
    return RowRequest(placement=_placement(name), strategy=strategy, anchors=anchors)


def _placement(name: str) -> Placement:
    return Placement(name=name, size=ROW)


def calls_of(call: Callable[[Visit], None], visits: Sequence[Visit]) -> float:
    """Return the mean number of calls, of Python's own functions as well as of C."""
    profile = cProfile.Profile()
    for visit in visits:
        profile.runcall(call, visit)
    return float(pstats.Stats(profile).total_calls) / len(visits)  # type: ignore[attr-defined]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/demo"))
    settings = CoreSettings.of_home(parser.parse_args().home)
    with open_kept(settings) as kept:
        ranking = open_ranking(kept, settings)
        ranking.priors.read_ahead()
        columns = FilterColumns(kept.catalogue)
        columns.refresh()
        queries = held_out_queries(settings.storage.held_out_file, ranking.catalogue, SESSIONS)
        newest = {session.session_id: (session, now) for session, now in queries}
        stored = [product.product_id for some in kept.catalogue.all_products() for product in some]
        calls = ShopCalls(RowMaker(ranking.decider, columns, _LIFE), stored[:RANKED])
        for name, call in (("list of 200", calls.rank), ("page of five rows", calls.page)):
            visits = list(newest.values())
            for visit in visits:
                call(visit)
            milliseconds = 1_000 * least_mean_of(call, visits)
            print(f"{name:18} {milliseconds:6.2f} ms   {calls_of(call, visits):8,.0f} calls")


if __name__ == "__main__":
    main()
