"""A night on two workers, each killed while it works, beside that of a local master.

`python -m benchmarks.cluster HOME` takes copies of the stores in a home folder after `import`.
"""

import shutil
import signal
import sys
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.cluster.night_by_hand import (
    COUNTING,
    NightByHand,
    RunningStep,
    StepRun,
    rows_in_order,
    tables_of,
)
from benchmarks.cluster.standalone import HOST, StandaloneCluster, wait_until
from personalization.priors.warehouse import SESSION_INDEX_FILE

NOT_THE_SAME = 2
TASKS_BEFORE_A_KILL = 2
"""Of the step, on the worker: it is in the middle of its work."""
_LOSS = "Lost executor"
"""As Spark's driver says it."""
_HOME_FILES = "*.sqlite"


def main(
    source: Annotated[Path, typer.Argument(help="Home of an embedded shop after `import`.")],
    *,
    folder: Annotated[Path, typer.Option(help="Emptied first.")] = Path("var/cluster"),
    kill_in: Annotated[str, typer.Option(help="Steps in which a worker is killed.")] = (
        "count_days,affinities_and_bundles"
    ),
    keep: Annotated[bool, typer.Option("--keep", help="Leave the folder.")] = False,
) -> None:
    """Print what happened; exit code 2 where a table differs from that of the local night."""
    # What was started is ended, too, where we are.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    folder = folder.resolve()
    shutil.rmtree(folder, ignore_errors=True)
    local = NightByHand(_copy(source, folder / "local"), {})
    local_plan = local.begin()
    local_runs = _count(local, local_plan, None, frozenset())
    with StandaloneCluster(folder / "spark") as cluster:
        for _ in range(2):
            cluster.add_worker()
        settings = {
            "FITTING_ROOM_NIGHTLY_SPARK_MASTER": cluster.address,
            "SPARK_LOCAL_IP": HOST,
        }
        night = NightByHand(_copy(source, folder / "cluster"), settings)
        plan = night.begin()
        runs = _count(night, plan, cluster, frozenset(kill_in.split(",")))
        killed = [worker.name for worker in cluster.workers if worker.process.poll() is not None]
    console = Console(width=120)
    console.print(_steps(local_runs, runs))
    console.print(f"killed: {', '.join(killed) or 'none'}")
    same = _compare(console, local_plan, plan)
    if not keep:
        shutil.rmtree(folder)
    sys.exit(0 if same else NOT_THE_SAME)


def _copy(source: Path, home: Path) -> Path:
    home.mkdir(parents=True)
    for file in source.glob(_HOME_FILES):
        shutil.copy(file, home)
    return home


def _count(
    night: NightByHand, plan: Path, cluster: StandaloneCluster | None, deadly: frozenset[str]
) -> list[StepRun]:
    runs = []
    for name in COUNTING:
        with night.step(["spark-step", name], {"arguments": [str(plan)]}) as step:
            if cluster is not None and name in deadly:
                _kill_at_work(cluster, step)
            runs.append(step.end())
        if cluster is not None and name in deadly:
            cluster.add_worker()
    runs.append(night.run(["index_sessions"], {"plan": str(plan)}))
    night.run(["end_night"], {})
    return runs


def _kill_at_work(cluster: StandaloneCluster, step: RunningStep) -> None:
    """Kill the youngest worker in the middle of a step."""
    victim = cluster.workers[-1]
    enough = victim.begun_tasks() + TASKS_BEFORE_A_KILL
    reason = f"{victim.name} has not begun {TASKS_BEFORE_A_KILL} tasks of {step.name}"
    wait_until(partial(victim.has_begun, enough), step.process, reason)
    cluster.kill(victim)


def _steps(local: list[StepRun], runs: list[StepRun]) -> Table:
    table = Table(
        "step", "local[2], s", "cluster, s", "executors lost", title="two workers of one core"
    )
    for beside, run in zip(local, runs, strict=True):
        losses = str(run.count(_LOSS) or "")
        table.add_row(run.name, f"{beside.seconds:.1f}", f"{run.seconds:.1f}", losses)
    return table


def _compare(console: Console, local_plan: Path, plan: Path) -> bool:
    local, found = tables_of(local_plan), tables_of(plan)
    table = Table("table", "rows", "the same rows")
    all_same = local.keys() == found.keys()
    for name in sorted(local.keys() & found.keys()):
        expected, rows = rows_in_order(local[name]), rows_in_order(found[name])
        same = expected.equals(rows)
        all_same = all_same and same
        table.add_row(name, f"{rows.num_rows:,}", _yes(same))
    indices = [file.parent / SESSION_INDEX_FILE for file in (local_plan, plan)]
    same = len({file.read_bytes() for file in indices}) == 1
    table.add_row(SESSION_INDEX_FILE, f"{indices[0].stat().st_size:,} bytes", _yes(same))
    console.print(table)
    for name in sorted(local.keys() ^ found.keys()):
        console.print(f"only one of the nights has {name}")
    return all_same and same


def _yes(same: bool) -> str:  # noqa: FBT001 (it says what it is about)
    return "yes" if same else "NO"


if __name__ == "__main__":
    typer.run(main)
