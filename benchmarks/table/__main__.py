"""The table of speed and size: each figure of today, the goal, and the ratio between them.

    python -m benchmarks.table --home var/demo
    python -m benchmarks.table --only streams

Each measure runs in a process of its own, over a copy of the shop's catalogue, priors, plans and
models in a temporary folder, and has a limit of time. Nothing else is written.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Column, Table

from benchmarks.table.bench_home import prepare_home
from benchmarks.table.decision_cost import decision_cost
from benchmarks.table.figure_row import FigureRow
from benchmarks.table.history_cost import history_cost
from benchmarks.table.key_cost import key_cost
from benchmarks.table.learner_cost import learner_cost
from benchmarks.table.open_streams import stream_cost
from benchmarks.table.route_cost import profile_cost, refusal_cost, track_cost
from benchmarks.table.scorer_cost import scorer_cost
from benchmarks.table.served_cost import rate_of_shop, size_of_shop
from benchmarks.table.stack_cost import stack_cost
from stack.interpreter import prepare_interpreter


@dataclass(frozen=True, slots=True)
class TableMeasure:
    run: Callable[[Path], list[FigureRow]]
    seconds: float
    """Its limit; on a quiet machine each takes less than half of it."""


MEASURES: Mapping[str, TableMeasure] = {
    "scorer": TableMeasure(scorer_cost, 90),
    "decision": TableMeasure(decision_cost, 120),
    "learner": TableMeasure(learner_cost, 60),
    "history": TableMeasure(history_cost, 60),
    "track": TableMeasure(track_cost, 90),
    "profile": TableMeasure(profile_cost, 90),
    "refusal": TableMeasure(refusal_cost, 90),
    "keys": TableMeasure(key_cost, 120),
    "streams": TableMeasure(stream_cost, 120),
    "rate": TableMeasure(rate_of_shop, 150),
    "stack": TableMeasure(stack_cost, 240),
    "size": TableMeasure(size_of_shop, 240),
}
END_SECONDS = 15.0
LOOK_SECONDS = 0.1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var/demo"))
    parser.add_argument("--only", action="append", choices=MEASURES, help="Measures; all without.")
    parser.add_argument("--inside", choices=MEASURES, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.inside:
        prepare_interpreter()
        rows = MEASURES[asked.inside].run(asked.home)
        sys.stdout.buffer.write(b"\n" + msgspec.json.encode(rows))
        return
    # Whoever ends this ends what it measures too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(0 if print_table(asked.home, asked.only or list(MEASURES)) else 1)


def print_table(given: Path, names: Sequence[str]) -> bool:
    """Print the table of these measures; say whether all of them ended well."""
    errors, failed, rows = Console(stderr=True), list[str](), list[FigureRow]()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        prepared = Path(folder) / "shop"
        prepare_home(given, prepared)
        for name in names:
            began, load = time.monotonic(), os.getloadavg()[0]
            errors.print(f"{name} ... ", end="", highlight=False)
            copy = Path(folder) / name
            prepare_home(prepared, copy)
            found = _measure_in_process(name, copy)
            if isinstance(found, str):
                failed.append(name)
                errors.print(f"failed\n{found}", markup=False)
                continue
            rows += found
            took = time.monotonic() - began
            errors.print(f"{took:.0f} s (load {load:.1f} at its start)", highlight=False)
    _print_rows(rows)
    return not failed


def _measure_in_process(name: str, home: Path) -> list[FigureRow] | str:
    """Return the rows, or what the process said in place of them."""
    command = [sys.executable, "-m", "benchmarks.table", "--inside", name, "--home", str(home)]
    process = subprocess.Popen(  # noqa: S603 - our own command line
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    )
    try:
        said, errors = process.communicate(timeout=MEASURES[name].seconds)
    except subprocess.TimeoutExpired:
        return f"it took longer than {MEASURES[name].seconds:.0f} s"
    finally:
        # Its servers are of its group: they end with it, also where it is interrupted.
        _end_group(process)
    if process.returncode:
        return errors.decode(errors="replace")[-2_000:]
    return msgspec.json.decode(said.rpartition(b"\n")[2], type=list[FigureRow])


def _end_group(process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + END_SECONDS
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        while time.monotonic() < until:
            process.poll()
            os.killpg(process.pid, 0)
            time.sleep(LOOK_SECONDS)
        os.killpg(process.pid, signal.SIGKILL)


def _print_rows(rows: Sequence[FigureRow]) -> None:
    numbers = [Column(name, justify="right") for name in ("today", "goal", "to goal")]
    load = ", ".join(f"{figure:.1f}" for figure in os.getloadavg())
    title = f"Speed and size; load of the machine at the end {load}"
    table = Table("what", *numbers, "", title=title, title_justify="left")
    for row in rows:
        table.add_row(*row.cells())
    console = Console(width=max(Console().width, 120))
    console.print(table)
    for row in rows:
        if row.note:
            console.print(f"{row.what}: {row.note}", highlight=False, markup=False)


if __name__ == "__main__":
    main()
