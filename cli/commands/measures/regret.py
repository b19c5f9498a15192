import sys
from collections.abc import Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from cli.options import HomeOption
from cli.reports.regret import regret_json, regret_table, slates_json, slates_table
from evaluation.held_out import held_out_sessions
from evaluation.simulation.regret import Curves, policy_curves, uniform_curves
from evaluation.simulation.session_bandit import PolicySlates, decider_of, slates_of
from evaluation.simulation.world import WorldRound, world_rounds
from evaluation.wiring import open_decider, open_online
from personalization.policies.registry import POLICIES
from personalization.policies.spec import PolicySpec
from personalization.wiring import CoreSettings

CANNOT = 1
EVERY_ROUNDS = 100
"""Rounds between two snapshots: a shop that learns three slots a second writes one in 30 s."""


def regret_command(  # noqa: PLR0913 (each an option)
    *,
    home: HomeOption = Path("var"),
    policy: Annotated[
        list[str] | None,
        typer.Option(help="Only these, as `softmax` or `squarecb:gamma=50`; may be repeated."),
    ] = None,
    rounds: Annotated[int, typer.Option(min=10, help="Rounds of a world.")] = 5_000,
    seeds: Annotated[int, typer.Option(min=1, help="Worlds.")] = 5,
    drift: Annotated[
        bool, typer.Option("--drift", help="Turn round halfway what pays on which device.")
    ] = False,
    appeal: Annotated[
        bool, typer.Option("--appeal", help="Give each product an appeal that no feature tells.")
    ] = False,
    sessions: Annotated[
        int | None,
        typer.Option(min=1, help="Not a world: this many held-out sessions of the home folder."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")] = False,
    plot: Annotated[Path | None, typer.Option(help="Draw the curves into this PNG file.")] = None,
) -> None:
    """Let every policy decide and learn, and show what it missed.

    In the seeded worlds the truth is known, and regret is what an oracle would have had more. With
    --sessions each policy shows slates to real sessions; what was viewed next pays.
    """
    console = Console(stderr=json)
    specs = {name: PolicySpec.parse(name) for name in policy or list(POLICIES)}
    if sessions is None:
        worlds = {
            seed: list(world_rounds(rounds, seed, drifting=drift, appealing=appeal))
            for seed in range(1, seeds + 1)
        }
        found = _curves(specs, worlds, console)
        _show(regret_json(found) if json else regret_table(found), console)
        if plot is not None:
            _drawing(console).draw_regret(found, plot)
    else:
        slates = _slates(specs, home, sessions, console)
        _show(slates_json(slates) if json else slates_table(slates), console)
        if plot is not None:
            _drawing(console).draw_slates(slates, plot)
    if plot is not None:
        console.print(f"Drawn: {plot}")


def _curves(
    specs: Mapping[str, PolicySpec], worlds: Mapping[int, Sequence[WorldRound]], console: Console
) -> list[Curves]:
    names = track(list(specs), "Deciding and learning", console=console, transient=True)
    found = [uniform_curves(worlds.values())]
    for name in names:
        open_models = partial(open_online, specs[name], EVERY_ROUNDS)
        found.append(policy_curves(name, specs[name], worlds, open_models))
    return found


def _slates(
    specs: Mapping[str, PolicySpec], home: Path, count: int, console: Console
) -> list[PolicySlates]:
    settings = CoreSettings.of_home(home)
    file = settings.storage.held_out_file
    sessions = list(islice(held_out_sessions(file), count))
    if not sessions:
        console.print(f"No held-out sessions in {file}: run `import` first.")
        raise typer.Exit(CANNOT)
    size, found = settings.ranking.slate_size, []
    with open_decider(settings) as resources:
        for name, spec in specs.items():
            online = open_online(spec, EVERY_ROUNDS * size)
            decider = decider_of(resources.decider, spec, online, size)
            shown = track(sessions, name, console=console, transient=True)
            found.append(PolicySlates(name, slates_of(decider, online, resources.catalogue, shown)))
    return found


def _drawing(console: Console) -> ModuleType:
    try:
        from cli.plots import regret as regret_plot
    except ImportError:
        console.print("--plot needs matplotlib: `pip install matplotlib`.")
        raise typer.Exit(CANNOT) from None
    return regret_plot


def _show(what: object, console: Console) -> None:
    if isinstance(what, str):
        sys.stdout.write(what + "\n")
    else:
        console.print(what)
