"""What one decided event costs a scorer, in calls of Python and in bytes of history."""

import cProfile
import pstats
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

from benchmarks.memory import SESSIONS_AT_ONCE, EncodedDecisions, event_batches
from benchmarks.table.figure_row import FigureRow
from personalization.ports.event_log import Record
from personalization.wiring import CoreSettings, open_kept, open_live
from realtime.scorer import Scorer
from realtime.wiring import RoleResources, build_scorer

CALLS_GOAL = 600
HISTORY_GOAL = 1.5
WARM_BATCHES = 20
COUNTED_BATCHES = 20
KIB = 1024


def scorer_cost(home: Path, batches_counted: int = COUNTED_BATCHES) -> list[FigureRow]:
    """Count over the memory benchmark's loop: stores included, decisions encoded and dropped."""
    settings, decided = CoreSettings.of_home(home), EncodedDecisions()
    with open_kept(settings) as kept, open_live(settings, kept) as live:
        scorer = build_scorer(RoleResources(settings, replace(kept, decisions=decided), live))
        products = [item.product_id for chunk in kept.catalogue.all_products() for item in chunk]
        batches = event_batches(products)
        for batch in islice(batches, WARM_BATCHES):
            _take(scorer, [batch])
        singles = [[record] for batch in islice(batches, batches_counted) for record in batch]
        alone = _calls_of(lambda: _take(scorer, singles)) / len(singles)
        together = _calls_together(scorer, batches, batches_counted)
    return [
        FigureRow("Python calls for one decided event", alone, goal=CALLS_GOAL),
        FigureRow(f"the same, {SESSIONS_AT_ONCE} sessions in a poll", together),
        FigureRow(
            "history of one decision, compressed",
            decided.encoded_bytes / decided.count / KIB,
            " KB",
            HISTORY_GOAL,
        ),
    ]


def _calls_together(scorer: Scorer, batches: Iterator[list[Record]], count: int) -> float:
    many = list(islice(batches, count))
    return _calls_of(lambda: _take(scorer, many)) / sum(map(len, many))


def _take(scorer: Scorer, batches: Sequence[list[Record]]) -> None:
    for batch in batches:
        scorer.handle(batch)
        scorer.tell()


def _calls_of(run: Callable[[], None]) -> int:
    profile = cProfile.Profile()
    profile.runcall(run)
    return sum(calls for _, calls, *_ in pstats.Stats(profile).stats.values())  # type: ignore[attr-defined]
