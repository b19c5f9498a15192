"""What the two processes of `serve` import: modules, processor time, memory.

    python -m benchmarks.start_cost

Each entry is imported by an interpreter of its own; the least of some rounds counts. Compiled
modules are there from the first round on.
"""

import subprocess
import sys

import msgspec
from rich.console import Console
from rich.table import Table

ENTRIES = {"API": "cli.commands.serving", "roles": "cli.roles"}
ROUNDS = 3
_PROGRAM = """
import os, sys, time
import {entry}
from stack.server import memory_mib
memory, spent = memory_mib(os.getpid()), time.process_time()
print([len(sys.modules), spent, memory])
"""


def main() -> None:
    table = Table("process", "entry", "modules", "processor ms", "resident MiB")
    for name, entry in ENTRIES.items():
        rounds = [_import(entry) for _ in range(ROUNDS)]
        modules, seconds, memory = map(min, zip(*rounds, strict=True))
        table.add_row(name, entry, f"{modules:.0f}", f"{1e3 * seconds:.0f}", f"{memory:.1f}")
    Console().print(table)


def _import(entry: str) -> list[float]:
    said = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _PROGRAM.format(entry=entry)], check=True, stdout=subprocess.PIPE
    ).stdout
    return msgspec.json.decode(said, type=list[float])


if __name__ == "__main__":
    main()
