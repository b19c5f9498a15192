"""`evaluate`: how well the served ranking foresees held-back sessions, beside baselines."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from cli.options import HomeOption, core_settings
from evaluation.baselines import Popularity, SequentialRules
from evaluation.next_item import CUTOFF, Quality, measure, queries_of
from evaluation.served_ranking import ServedQuality, measure_served
from evaluation.wiring import open_decider
from personalization.codec.json_codec import EVENT
from personalization.domain.event import Event, EventType
from personalization.ports.event_history import EventHistory

NOTHING_TO_EVALUATE = 1


@dataclass(frozen=True, slots=True)
class _Row:
    """One line of the table."""

    name: str
    quality: Quality
    seconds: float


def evaluate_command(
    *,
    home: HomeOption = Path("var"),
    limit: Annotated[
        int | None, typer.Option(help="Evaluate this many held-back sessions only.")
    ] = None,
) -> None:
    """Measure HR@20 and MRR@20 of the served ranking on the sessions held back by `import`.

    Every prefix of a session is a query. The baselines see the same history and queries.
    """
    console = Console()
    settings = core_settings(home)
    sessions = list(held_back_sessions(settings.storage.held_back_file))[:limit]
    if not sessions:
        console.print(
            f"No held-back sessions in {settings.storage.held_back_file}: run `import` first."
        )
        raise typer.Exit(NOTHING_TO_EVALUATE)
    with open_decider(settings) as kit:
        history = _views_before(min(one[0].occurred_at for one in sessions), kit.history)
        rows = [_baseline("popularity", Popularity(history), sessions)]
        rows.append(_baseline("sequential rules", SequentialRules(history), sessions))
        started = time.perf_counter()
        progress = track(sessions, "Served ranking", console=console, transient=True)
        served = measure_served(kit.decider, kit.catalogue, progress)
        seconds = time.perf_counter() - started
    rows.append(_Row("served ranking", served.ranking, seconds))
    rows.append(_Row("slate of 6 as drawn", served.slate, seconds))
    _print(console, rows, served)


def held_back_sessions(path: Path) -> Iterator[Sequence[Event]]:
    """Yield each held-back session's events, in time order."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        events = (EVENT.decode(line) for line in lines)
        for _, session in groupby(events, key=lambda event: event.session_id):
            yield list(session)


def _views_before(moment: datetime, history: EventHistory) -> list[list[str]]:
    """Return the viewed products of each session of the history, in order.

    Sessions that were replayed are in the history too, with later times: learning from them
    would show the baselines the answers.
    """
    sessions: defaultdict[str, list[str]] = defaultdict(list)
    for day in (one for one in history.days() if one <= moment.date()):
        for chunk in history.read_day(day):
            for event in chunk:
                if event.type is EventType.PRODUCT_VIEW and event.occurred_at < moment:
                    sessions[event.session_id].append(str(event.product_id))
    return list(sessions.values())


def _baseline(
    name: str, ranker: Popularity | SequentialRules, sessions: Sequence[Sequence[Event]]
) -> _Row:
    started = time.perf_counter()
    queries = (
        query
        for events in sessions
        for query in queries_of(
            [str(one.product_id) for one in events if one.type is EventType.PRODUCT_VIEW]
        )
    )
    quality = measure(ranker, queries)
    return _Row(name, quality, time.perf_counter() - started)


def _print(console: Console, rows: Sequence[_Row], served: ServedQuality) -> None:
    queries = served.ranking.all.queries
    table = Table(title=f"Next product, {queries:,} queries", title_justify="left")
    table.add_column("ranking")
    for name in (f"HR@{CUTOFF}", f"MRR@{CUTOFF}", "HR new", "MRR new", "ms/query"):
        table.add_column(name, justify="right")
    for row in rows:
        both = (row.quality.all, row.quality.without_repeats)
        figures = [f for one in both for f in (one.hit_rate, one.mean_reciprocal_rank)]
        table.add_row(
            row.name,
            *(f"{100 * figure:.2f}" for figure in figures),
            f"{1000 * row.seconds / max(queries, 1):.2f}",
        )
    console.print(table)
    console.print(
        "`new` leaves out queries whose target was viewed before in the session. Action set: "
        f"{served.actions / max(queries, 1):.1f} products on average, which hold the target in "
        f"{100 * served.in_action_set / max(queries, 1):.1f} % of the queries."
    )
