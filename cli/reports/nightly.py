from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType
from rich.text import Text

from cli.tables import titled_table
from nightly.generations.generation_check import EVENTS_AFTER_TODAY
from nightly.progress import ProgressLine, TaskState
from personalization.domain.prior import SESSION_INDEX, Generation, PriorTable
from personalization.priors.warehouse import (
    INTERACTIONS,
    LARGEST_PRODUCT_SHARE,
    REPEATS,
    NightOutcome,
)

LARGE_SHARE = 0.5
"""Of a product that is among the shop's first, that is worth a look."""


def generation_report(generation: Generation, outcome: NightOutcome) -> RenderableType:
    """Return rows per table, what is absent and why, how it was made and what became of it."""
    table = titled_table("Priors", ["table"], ["rows"], ["absent because"])
    tables = [*(prior_table.value for prior_table in PriorTable), SESSION_INDEX]
    for name in tables:
        rows = generation.rows_by_table.get(name, 0)
        table.add_row(name, f"{rows:,}", generation.absent.get(name, ""))
    for name, reason in generation.absent.items():
        if name not in tables:
            table.add_row(name, "", reason)
    made_of = ", ".join(
        f"{name.replace('_from', ' from')} {value}"
        for name, value in generation.parameters.items()
        if name in {"popularity_from", "affinities_from", "bundles_from"}
    )
    first_day = generation.parameters.get("period_from", "?")
    return Group(
        table,
        Text(f"Period {first_day} to {generation.run_date}; {made_of}."),
        *(Text(sentence) for sentence in _notes(generation.parameters)),
        _outcome(outcome),
    )


def _outcome(outcome: NightOutcome) -> Text:
    if outcome.promoted:
        return Text(f"Generation {outcome.generation_id} is promoted.", style="bold green")
    kept = f"Generation {outcome.generation_id} is kept, not promoted: {outcome.reason}."
    return Text(kept, style="bold yellow")


def _notes(parameters: Mapping[str, str]) -> Iterator[str]:
    """Yield what was left out, and what one shopper made too much of."""
    after_today = int(parameters.get(EVENTS_AFTER_TODAY, "0"))
    if after_today:
        yield f"{after_today:,} events after today were left out: a clock or an import is wrong."
    repeats = int(parameters.get(REPEATS, "0"))
    if repeats:
        counted = int(parameters.get(INTERACTIONS, "0"))
        yield (
            f"{repeats:,} interactions repeat what a shopper did that day and were left out; "
            f"{counted:,} count."
        )
    share, _, product = parameters.get(LARGEST_PRODUCT_SHARE, "0").partition(" ")
    if float(share) > LARGE_SHARE:
        yield f"One shopper made {float(share):.0%} of what {product} has: look at it."


def failure_report(lines: list[ProgressLine], log_tail: list[str]) -> RenderableType:
    failed = [line for line in lines if line.state is TaskState.FAILED]
    parts = [Text(line, style="dim") for line in log_tail]
    parts.extend(
        Text(f"{line.task} failed: {line.reason or 'see above'}", style="bold red")
        for line in failed
    )
    if not failed:
        parts.append(Text("Airflow failed before or between tasks: see above.", style="bold red"))
    parts.append(Text("Nothing was promoted; the active generation, if any, stays active."))
    return Group(*parts)
