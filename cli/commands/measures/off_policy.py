import sys
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from cli.options import HomeOption
from cli.reports.off_policy import PolicyEstimate, as_json, table_of
from evaluation.wiring import PastResources, open_past
from personalization.domain.errors import InvalidPolicyError
from personalization.learning.past_rounds import PastOutcomes, Period
from personalization.learning.rounds import ShownImpression
from personalization.off_policy.estimate import estimate
from personalization.off_policy.estimator import Estimator
from personalization.off_policy.intervals import IntervalMethod
from personalization.off_policy.past_log import PartOfPage, weigh_past
from personalization.off_policy.target_policies import TargetPolicy, choose_targets, target_policies
from personalization.wiring import CoreSettings

NOTHING_TO_EVALUATE = 1
UNKNOWN_POLICY = 2
_NONE_IS_KEPT = "none of their decisions is kept"
_DAYS = ["%Y-%m-%d"]


def off_policy_command(  # noqa: PLR0913 (each an option)
    *,
    home: HomeOption = Path("var"),
    estimator: Annotated[
        list[Estimator] | None, typer.Option(help="Only these estimators; may be repeated.")
    ] = None,
    policy: Annotated[
        list[str] | None,
        typer.Option(help="Only these, by name or as a setting has them (`squarecb:gamma=50`)."),
    ] = None,
    placement: Annotated[
        list[str] | None, typer.Option(help="Only what was shown there; may be repeated.")
    ] = None,
    strategy: Annotated[
        list[str] | None,
        typer.Option(help="Only rows of it, `rank` or `profile`; may be repeated."),
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=_DAYS, help="First UTC day of decisions.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=_DAYS, help="Last UTC day of decisions, included.")
    ] = None,
    interval: Annotated[
        IntervalMethod, typer.Option(help="How the 95 % intervals are made.")
    ] = IntervalMethod.NORMAL,
    json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the intervals into this PNG file.")
    ] = None,
) -> None:
    """Estimate what other policies would have been worth in the impressions of the log.

    The value is the mean outcome of an impression, -1 to 1. Where the log cannot answer, the
    verdict says why and no value is given: docs/off_policy.md.
    """
    console = Console(stderr=json)
    period = Period(since and since.date(), until and until.date())
    with open_past(CoreSettings.of_home(home)) as resources:
        targets = _choose(resources, policy or [], console)
        with console.status("Reading what was seen and what came of it"):
            outcomes = resources.rounds.read_outcomes(period, datetime.now(UTC))
        if outcomes.made_up:
            console.print(
                f"{outcomes.made_up:,} impressions are of what was never shown there: left out."
            )
        if not outcomes.settled:
            console.print(_nothing(outcomes))
            raise typer.Exit(NOTHING_TO_EVALUATE)
        count = len(outcomes.settled)

        def watch(positions: Iterable[ShownImpression], what: str) -> Iterable[ShownImpression]:
            return track(positions, what, total=count, console=console, transient=True)

        part = PartOfPage(placement or (), strategy or ())
        weighed = weigh_past(resources.rounds, outcomes.settled, targets, watch, part)
    if not weighed:
        found_none = "none is of what was asked" if placement or strategy else _NONE_IS_KEPT
        console.print(f"{count:,} impressions, but {found_none}.")
        raise typer.Exit(NOTHING_TO_EVALUATE)
    if waiting := outcomes.waiting:
        console.print(f"{waiting:,} impressions still wait for their outcome: left out.")
    found = [
        PolicyEstimate(name, estimate(asked_estimator, rounds, interval))
        for name, rounds in weighed.items()
        for asked_estimator in estimator or list(Estimator)
    ]
    if json:
        sys.stdout.write(as_json(found) + "\n")
    else:
        console.print(table_of(found))
    if plot is not None:
        _draw(found, plot, console)


def _choose(
    resources: PastResources, names: Sequence[str], console: Console
) -> Sequence[TargetPolicy]:
    try:
        return choose_targets(names, resources.policy)
    except InvalidPolicyError as error:
        known = ", ".join(target.name for target in target_policies(resources.policy))
        console.print(f"{error}\nThere are {known}, too.")
        raise typer.Exit(UNKNOWN_POLICY) from None


def _nothing(outcomes: PastOutcomes) -> str:
    if outcomes.waiting:
        return (
            f"All {outcomes.waiting:,} impressions still wait for their outcome "
            "(FITTING_ROOM_LEARNING_OUTCOME_WINDOW_SECONDS): ask again later."
        )
    return (
        "No decision of these days was seen by a shopper: `serve` decides, and impressions with "
        "their decision's id tell what was seen (`replay` sends them)."
    )


def _draw(found: Sequence[PolicyEstimate], path: Path, console: Console) -> None:
    try:
        from cli.plots.off_policy import draw
    except ImportError:
        console.print("--plot needs matplotlib: `pip install matplotlib`.")
        raise typer.Exit(NOTHING_TO_EVALUATE) from None
    draw(found, path)
    console.print(f"Drawn: {path}")
