"""`evaluate`: how well the served ranking foresees held-back sessions, and how varied it is."""

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

from cli.options import HomeOption, core_settings
from cli.reports.evaluation import Row, print_json, print_quality, print_variety
from evaluation.baselines import Popularity, SequentialRules
from evaluation.measured import measure
from evaluation.next_item import Ranker, queries_of
from evaluation.served_ranking import Served, measure_served
from evaluation.variety import KnownShop
from evaluation.wiring import EvaluationResources, open_decider
from personalization.codec.json_codec import EVENT
from personalization.domain.event import Event, EventType
from personalization.domain.tuning import Tuning
from personalization.ports.event_history import EventHistory

NOTHING_TO_EVALUATE = 1

TuningOption = Annotated[
    list[str] | None,
    typer.Option(
        help="Measure these settings too, such as `diversity=0.2,boost_new=0.1`; repeatable."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")]


@dataclass(frozen=True, slots=True)
class _Questions:
    """What is asked: held-back sessions, and the shop as it was known before them."""

    sessions: Sequence[Sequence[Event]]
    shop: KnownShop


def evaluate_command(
    *,
    home: HomeOption = Path("var"),
    limit: Annotated[
        int | None, typer.Option(help="Evaluate this many held-back sessions only.")
    ] = None,
    tuning: TuningOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the served ranking on the sessions held back by `import`.

    Every prefix of a session is a query: HR@20 and MRR@20 say how well its next product was
    foreseen, coverage, entropy and novelty how varied the lists are. The baselines see the same
    history and queries. With --tuning other settings are measured beside those of the environment.
    """
    console = Console(stderr=as_json)
    settings = core_settings(home)
    others = {text: settings.tuning.with_changes(text).tuning() for text in tuning or ()}
    sessions = list(held_back_sessions(settings.storage.held_out_file))[:limit]
    if not sessions:
        console.print(
            f"No held-back sessions in {settings.storage.held_out_file}: run `import` first."
        )
        raise typer.Exit(NOTHING_TO_EVALUATE)
    with open_decider(settings) as kit:
        history = views_before(min(session[0].occurred_at for session in sessions), kit.history)
        questions = _Questions(sessions, KnownShop.of(kit.categories, history))
        rows = [_baseline("popularity", Popularity(history), questions)]
        rows.append(_baseline("sequential rules", SequentialRules(history), questions))
        served = _served(kit, questions, console, rows, {"": settings.tuning.tuning(), **others})
    if as_json:
        print_json(rows)
        return
    print_quality(console, rows, served)
    print_variety(console, rows)


def _served(
    kit: EvaluationResources,
    questions: _Questions,
    console: Console,
    rows: list[Row],
    tunings: dict[str, Tuning],
) -> Served:
    """Measure the ranking under each tuning, add its rows, and return what the first gave."""
    found = []
    for text, tuning in tunings.items():
        name = f"served ranking {text}".strip()
        started = time.perf_counter()
        progress = track(questions.sessions, name.capitalize(), console=console, transient=True)
        decider = kit.decider.with_tuning(tuning)
        served = measure_served(decider, kit.catalogue, progress, questions.shop)
        seconds = time.perf_counter() - started
        rows.append(Row(name, served.ranking, seconds))
        rows.append(Row(f"slate as drawn {text}".strip(), served.slate, seconds))
        found.append(served)
    return found[0]


def held_back_sessions(path: Path) -> Iterator[Sequence[Event]]:
    """Yield each held-back session's events, in time order."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        events = (EVENT.decode(line) for line in lines)
        for _, session in groupby(events, key=lambda event: event.session_id):
            yield list(session)


def views_before(moment: datetime, history: EventHistory) -> list[list[str]]:
    """Return the viewed products of each session of the history, in order.

    Sessions that were replayed are in the history too, with later times: learning from them
    would show the baselines the answers.
    """
    sessions: defaultdict[str, list[str]] = defaultdict(list)
    for day in (day for day in history.days() if day <= moment.date()):
        for chunk in history.read_day(day):
            for event in chunk:
                if event.type is EventType.PRODUCT_VIEW and event.occurred_at < moment:
                    sessions[event.session_id].append(str(event.product_id))
    return list(sessions.values())


def _baseline(name: str, ranker: Ranker, questions: _Questions) -> Row:
    started = time.perf_counter()
    queries = (
        query
        for events in questions.sessions
        for query in queries_of(
            [str(event.product_id) for event in events if event.type is EventType.PRODUCT_VIEW]
        )
    )
    measured = measure(ranker, queries, questions.shop)
    return Row(name, measured, time.perf_counter() - started)
