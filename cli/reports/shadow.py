"""`experiment shadow-report`: what the policies that nobody saw would have been worth."""

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from cli.options import HomeOption, core_settings
from personalization.experiments.editor import ExperimentDesk
from personalization.learning.past_rounds import PastRounds, Period
from personalization.off_policy.estimate import Estimate, estimate
from personalization.off_policy.estimator import Estimator
from personalization.off_policy.shadow_rounds import ShadowName, ShadowRounds, shadow_rounds
from personalization.wiring import open_kept

NO_SHADOWS = 1


def shadow_report_command(
    experiment_id: Annotated[str, typer.Argument(metavar="ID", help="The experiment's id.")],
    *,
    home: HomeOption = Path("var"),
    json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
) -> None:
    """Show what an experiment's shadow policies would have been worth in what was seen.

    The value is the mean outcome of a position, -1 to 1, by self-normalised importance weights.
    Where too little of what was shown would have been the shadow's choice, it is refused.
    """
    console = Console(stderr=json)
    settings = core_settings(home)
    with open_kept(settings) as kept:
        experiment = ExperimentDesk(kept.plans).find(experiment_id)
        past = PastRounds(kept.history, kept.decisions, settings.learning.outcome_rules)
        until = experiment.ended_at.date() if experiment.ended_at else None
        with console.status("Reading what was seen and what came of it"):
            closed = past.closed(Period(experiment.started_at.date(), until), datetime.now(UTC))
        shown = track(
            past.shown(closed.closed),
            "Asking the shadows",
            total=len(closed.closed),
            console=console,
            transient=True,
        )
        found = shadow_rounds(shown, experiment_id)
    if closed.waiting:
        console.print(f"{closed.waiting:,} seen positions still wait for their outcome: left out.")
    if not found:
        console.print(f"No position of {experiment_id} with a shadow has its outcome yet.")
        raise typer.Exit(NO_SHADOWS)
    if json:
        sys.stdout.write(msgspec.json.encode(_objects(found)).decode() + "\n")
    else:
        console.print(_table(found))


def _table(found: Mapping[ShadowName, ShadowRounds]) -> Table:
    table = Table(title="Shadows beside what served", title_justify="left")
    table.add_column("placement")
    table.add_column("policy")
    for column in ("positions", "agreement", "served", "shadow", "95 % interval"):
        table.add_column(column, justify="right")
    table.add_column("verdict")
    for name, rounds in found.items():
        served, shadow = _estimates(rounds)
        interval = shadow.interval
        table.add_row(
            *name,
            f"{len(rounds.rewards):,}",
            f"{rounds.agreement:.0%}",
            _value(served.value),
            _value(shadow.value),
            f"{interval.low:.4f} .. {interval.high:.4f}" if interval is not None else "-",
            str(shadow.verdict),
        )
    return table


def _objects(found: Mapping[ShadowName, ShadowRounds]) -> list[dict[str, Any]]:
    objects = []
    for name, rounds in found.items():
        served, shadow = _estimates(rounds)
        objects.append(
            {
                **name._asdict(),
                "positions": len(rounds.rewards),
                "agreement": rounds.agreement,
                "served": served.value,
                "value": shadow.value,
                "interval": shadow.interval,
                "standing": shadow.verdict.standing,
                "reasons": shadow.verdict.reasons,
            }
        )
    return objects


def _estimates(rounds: ShadowRounds) -> tuple[Estimate, Estimate]:
    served = estimate(Estimator.SNIPS, rounds.served())
    return served, estimate(Estimator.SNIPS, rounds.weighed())


def _value(value: float | None) -> str:
    return "-" if value is None else f"{value:.4f}"
