"""What it costs the history writer to append an event."""

import cProfile
import pstats
from itertools import islice
from pathlib import Path

from benchmarks.memory import SESSIONS_AT_ONCE, event_batches
from benchmarks.processor_time import ROUNDS, mean_of
from benchmarks.table.figure_row import MORE, FigureRow
from personalization.domain.identifiers import ProductId
from personalization.ports.event_log import Record
from personalization.wiring import CoreSettings, open_kept
from realtime.history_writer import HistoryWriter

POLLS = 10
PRODUCTS = [ProductId(f"p{number}") for number in range(200)]


def history_cost(home: Path, polls: int = POLLS) -> list[FigureRow]:
    """Append views of new sessions in the writer's polls, with all that the store does."""
    batches = event_batches(PRODUCTS)

    def some_polls() -> list[list[Record]]:
        size = HistoryWriter.batch // SESSIONS_AT_ONCE
        return [
            [record for batch in islice(batches, size) for record in batch] for _ in range(polls)
        ]

    with open_kept(CoreSettings.of_home(home)) as kept:
        writer = HistoryWriter(kept.history, kept.decisions)
        # New events each time: those that are there already cost less.
        seconds = min(mean_of(writer.handle, some_polls()) for _ in range(ROUNDS))
        counted, profile = some_polls(), cProfile.Profile()
        for records in counted:
            profile.runcall(writer.handle, records)
    events = len(counted[0])
    calls = pstats.Stats(profile).total_calls / (events * polls)  # type: ignore[attr-defined]
    return [
        FigureRow("history writer", events / seconds, " events/s", wanted=MORE),
        FigureRow("Python calls for one of its events", calls),
    ]
