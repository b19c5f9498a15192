"""`off-policy`: what other policies would have been worth, from what was served and logged."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from cli.options import HomeOption, core_settings
from cli.reports.off_policy import PolicyEstimate, as_json, table_of
from evaluation.wiring import PastResources, open_past
from personalization.domain.errors import InvalidPolicyError
from personalization.learning.past_rounds import Found, Period
from personalization.learning.rounds import ShownPosition
from personalization.off_policy.estimate import estimate
from personalization.off_policy.estimator import Estimator
from personalization.off_policy.intervals import IntervalMethod
from personalization.off_policy.past_log import weighed_by_policy
from personalization.off_policy.reward_model import RewardModel
from personalization.off_policy.round_table import round_tables
from personalization.off_policy.target_policies import Drawn, TargetPolicy, target_policies
from personalization.off_policy.weighed_rounds import WeighedRounds
from personalization.policies.placement import Placement, check_placements
from personalization.policies.spec import PolicySpec

NOTHING_TO_EVALUATE = 1
UNKNOWN_POLICY = 2
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
    """Estimate what other policies would have been worth in the positions that shoppers saw.

    The value is the mean outcome of a position, -1 to 1. Where the log cannot answer, the verdict
    says why and no value is given: docs/off_policy.md.
    """
    console = Console(stderr=json)
    period = Period(since and since.date(), until and until.date())
    with open_past(core_settings(home)) as kit:
        asked = _asked(kit, policy or [], console)
        weighed = _weighed(kit, period, asked, console)
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


def _asked(kit: PastResources, names: Sequence[str], console: Console) -> Sequence[TargetPolicy]:
    """Return the policies by their names, or as a setting would have them; without any, all."""
    known = {policy.name: policy for policy in target_policies(kit.policy)}
    try:
        return [
            known.get(name) or Drawn(_checked(name, kit), kit.draws, name)
            for name in names or known
        ]
    except InvalidPolicyError as error:
        console.print(f"{error}\nThere are {', '.join(known)}, too.")
        raise typer.Exit(UNKNOWN_POLICY) from None


def _checked(text: str, kit: PastResources) -> PolicySpec:
    """Return a policy whose models are learned."""
    policy = PolicySpec.parse(text)
    check_placements((Placement(policy=policy),), kit.policy.models.available)
    return policy


def _weighed(
    kit: PastResources, period: Period, policies: Sequence[TargetPolicy], console: Console
) -> Mapping[str, WeighedRounds]:
    with console.status("Reading what was seen and what came of it"):
        found = kit.rounds.closed(period, datetime.now(UTC))
    if not found.closed:
        console.print(_nothing(found))
        raise typer.Exit(NOTHING_TO_EVALUATE)
    model = RewardModel(_shown(kit, found, "Fitting the reward model", console))
    shown = _shown(kit, found, "Asking the policies", console)
    weighed = weighed_by_policy(round_tables(shown, policies, model))
    if not weighed:
        console.print(
            f"{len(found.closed):,} positions were seen, but none of their decisions is kept."
        )
        raise typer.Exit(NOTHING_TO_EVALUATE)
    if found.waiting:
        console.print(f"{found.waiting:,} seen positions still wait for their outcome: left out.")
    return weighed


def _shown(
    kit: PastResources, found: Found, what: str, console: Console
) -> Iterable[ShownPosition]:
    return track(
        kit.rounds.shown(found.closed),
        what,
        total=len(found.closed),
        console=console,
        transient=True,
    )


def _nothing(found: Found) -> str:
    if found.waiting:
        return (
            f"All {found.waiting:,} positions that were seen still wait for their outcome "
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
