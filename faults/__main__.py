"""`python -m faults`: kills a shop in every way it knows and says what was lost."""

import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from faults.report import figures_of, print_report
from faults.run import FaultPlan, run_faults
from personalization.domain.errors import PersonalizationError

NOT_ALL_WELL = 2
TERMINATED = 128 + signal.SIGTERM
_OWN_MOUNTS = "FITTING_ROOM_FAULTS_OWN_MOUNTS"


def faults_command(  # noqa: PLR0913 - each parameter is an option of the command
    source: Annotated[
        Path, typer.Argument(help="Home of an embedded shop after `import` and `nightly`.")
    ],
    *,
    stack: Annotated[str, typer.Option(help="real or embedded.")] = "real",
    folder: Annotated[
        Path, typer.Option(help="Emptied first: the run's stores and logs stay here.")
    ] = Path("var/faults"),
    seed: Annotated[int, typer.Option(help="Of traffic and faults.")] = 7,
    kills: Annotated[int, typer.Option(help="kill -9 of scorers, learner, history, API.")] = 200,
    service_faults: Annotated[
        int, typer.Option(help="Restarts of each service; flushes of Redis; dead letters filled.")
    ] = 4,
    shoppers: Annotated[int, typer.Option(help="Sessions under way at once.")] = 24,
    pause: Annotated[float, typer.Option(help="Seconds between a shopper's interactions.")] = 1.0,
    overload: Annotated[bool, typer.Option(help="Also offer three times the capacity.")] = True,
) -> None:
    """Run a shop under seeded faults and audit it: exit code 2 unless nothing was lost."""
    if stack not in {"real", "embedded"}:
        raise typer.BadParameter("the stack is real or embedded.")
    console = Console()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    plan = FaultPlan(
        source=source,
        folder=folder.resolve(),
        real=stack == "real",
        seed=seed,
        kills=kills,
        service_faults=service_faults,
        shoppers=shoppers,
        pause_seconds=pause,
        overloaded=overload,
    )
    started = time.monotonic()

    def tell(what: str) -> None:
        text = f"{time.monotonic() - started:7.1f} s  {what}"
        console.print(text, highlight=False, soft_wrap=True)

    outcome = run_faults(plan, tell)
    figures = figures_of(outcome)
    (folder / "figures.json").write_text(json.dumps(figures, indent=2))
    print_report(console, figures)
    if not outcome.all_well:
        console.print(f"[bold red]Not all went well.[/] Logs and stores: {folder}")
        raise typer.Exit(NOT_ALL_WELL)
    console.print("[bold]Nothing lost, nothing learned twice, every page answered.[/]")


def _begin_with_own_mounts() -> None:
    """Become a process that may mount a small disk which nobody else sees."""
    command = ["unshare", "--user", "--map-root-user", "--mount"]
    program = [sys.executable, "-m", "faults", *sys.argv[1:]]
    os.execvpe("unshare", [*command, *program], {**os.environ, _OWN_MOUNTS: "yes"})  # noqa: S606, S607


def _end(_signal: int, _frame: FrameType | None) -> NoReturn:
    """End by way of every `finally`: services and workers outlive whoever leaves them behind."""
    # Once is enough: a second signal must not interrupt the tidying up. No SIG_IGN, for that
    # would be inherited by a process that is started meanwhile.
    signal.signal(signal.SIGTERM, lambda _signal, _frame: None)
    raise SystemExit(TERMINATED)


def main() -> None:
    """Run the command; what went wrong on purpose is a sentence."""
    if "embedded" in sys.argv and _OWN_MOUNTS not in os.environ:
        _begin_with_own_mounts()
    signal.signal(signal.SIGTERM, _end)
    try:
        typer.run(faults_command)
    except PersonalizationError as error:
        sys.stderr.write(f"faults: {error}\n")
        sys.exit(NOT_ALL_WELL)


if __name__ == "__main__":
    main()
