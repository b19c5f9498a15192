import asyncio
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from cli.options import HomeOption
from evaluation.held_out import held_out_sessions
from personalization.domain.event import Event, EventType
from personalization.wiring import CoreSettings
from traffic.run import ReplayOutcome, ReplayPlan, replay
from traffic.shopper import Shopper
from traffic.stopwatch import quantile
from traffic.tally import Tally

NOTHING_TO_REPLAY = 1
NOT_ALL_WELL = 2
STORY_PRODUCTS = 3
_VERBS = {
    EventType.PRODUCT_VIEW: "viewed",
    EventType.CATEGORY_VIEW: "looked through",
    EventType.ADD_TO_CART: "added to the cart",
    EventType.CHECKOUT: "bought",
}


def replay_command(
    *,
    home: HomeOption = Path("var"),
    address: Annotated[str, typer.Option(help="Where the API answers.")] = "http://127.0.0.1:8000",
    rate: Annotated[float, typer.Option(min=0.1, help="Events per second.")] = 100.0,
    sessions: Annotated[int, typer.Option(min=1, help="Sessions to replay.")] = 300,
    shoppers: Annotated[int, typer.Option(min=1, help="Sessions under way at once.")] = 100,
) -> None:
    """Replay held-out sessions as live traffic, stamped with the present time.

    Every event counts towards the rate, impressions too. Latency runs from the moment an event
    is due to the moment the page has its profile by SSE. Exit code 2 if any event was refused
    or had no profile.
    """
    console = Console()
    held_out = CoreSettings.of_home(home).storage.held_out_file
    chosen = list(islice(held_out_sessions(held_out), sessions))
    if not chosen:
        console.print(f"No held-out sessions in {held_out}: run `import` first.")
        raise typer.Exit(NOTHING_TO_REPLAY)
    outcome = _with_progress(console, ReplayPlan(address, chosen, rate, shoppers))
    for shopper in outcome.stories:
        _print_story(console, shopper)
    _print_figures(console, outcome, rate)
    if not outcome.tally.all_well:
        console.print("[bold red]Not every event led to its profile.[/]")
        raise typer.Exit(NOT_ALL_WELL)


def _with_progress(console: Console, plan: ReplayPlan) -> ReplayOutcome:
    columns = (
        TextColumn("Replaying sessions"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TextColumn("{task.fields[figures]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=len(plan.sessions), figures="")

        def show(tally: Tally) -> None:
            elapsed = bar.tasks[0].elapsed or 1.0
            lately = quantile(tally.profile_seconds[-500:], 0.5) * 1000
            figures = f"{tally.events / elapsed:.0f} events/s, profile after {lately:.1f} ms"
            bar.update(task, completed=tally.sessions, figures=figures)

        return asyncio.run(replay(plan, show))


def _print_story(console: Console, shopper: Shopper) -> None:
    columns = ("the shopper", "the profile then leads with")
    table = Table(*columns, title="How a profile changed", title_justify="left", show_lines=True)
    for event, profile in shopper.story[:5]:
        table.add_row(_sentence(event), _leads(profile))
    console.print(table)


def _sentence(event: Event) -> str:
    return f"{_VERBS.get(event.type, event.type.value)} {event.product_id or event.category_id}"


def _leads(profile: dict[str, Any]) -> str:
    products: Sequence[dict[str, Any]] = profile["score_data"]["products"][:STORY_PRODUCTS]
    return "\n".join(f"{card['score']:.2f} {card['title']}: {card['reason']}" for card in products)


def _print_figures(console: Console, outcome: ReplayOutcome, rate: float) -> None:
    tally = outcome.tally
    table = Table(title="Replay", title_justify="left", show_header=False)
    for name, figure in (
        ("sessions", f"{tally.sessions:,}"),
        ("events sent", f"{tally.events:,} ({tally.interactions:,} interactions)"),
        ("events per second", f"{tally.events / outcome.seconds:.0f} (asked for {rate:.0f})"),
        ("accepted", f"{tally.accepted:,}"),
        ("refused", ", ".join(f"{k}: {v}" for k, v in tally.rejected.items()) or "0"),
        ("without a profile", f"{tally.missing + tally.failed}"),
        ("retries, reconnections", f"{tally.retried}, {tally.reconnected}"),
        ("answer p50, p99", _milliseconds(tally.answer_seconds)),
        ("event to profile on the page p50, p99", _milliseconds(tally.profile_seconds)),
        (
            "slates that held the next product",
            f"{tally.slate_hits:,} of {tally.slates:,} ({_percent(tally):.1f} %)",
        ),
    ):
        table.add_row(name, figure)
    console.print(table)


def _milliseconds(seconds: Sequence[float]) -> str:
    return f"{1000 * quantile(seconds, 0.5):.1f} ms, {1000 * quantile(seconds, 0.99):.1f} ms"


def _percent(tally: Tally) -> float:
    return 100 * tally.slate_hits / max(tally.slates, 1)
