"""What a list for an e-mail costs a person, and how long a million takes.

    python -m benchmarks.people.batch HOME --people 100000 --executors 1 --executors "local[2]"

HOME ran a night and knows users. A copy of it is given as many people, each with the visits and
the tastes of one of its own, drawn at random. `fitting-room recommend` writes the lists; the floor
reads the same people and their visits and writes the same rows, without ranking.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.people.many_people import make_people, person_ids
from benchmarks.people.process_tree import CommandCost, measure_command
from personalization.batch_wiring import BatchOrder, begin_batch, open_batch
from personalization.domain.identifiers import UserId
from personalization.recommendations.batches.audience import Recipient
from personalization.recommendations.batches.batch_job import PartCounts
from personalization.recommendations.batches.batch_rows import PEOPLE_AT_ONCE
from personalization.recommendations.batches.list_file import ParquetList
from personalization.settings.storage import StorageSettings

MILLION = 1_000_000
HOME, AUDIENCE = "home", "people.txt"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--people", type=int, default=100_000, help="Whom the shop knows.")
    parser.add_argument("--asked", type=int, help="Whose lists are written; by default all.")
    parser.add_argument("--executors", action="append", help='Such as 1, 2 or "local[2]".')
    parser.add_argument("--placement", default="home")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    asked = min(options.asked or options.people, options.people)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _say(f"Making {options.people:,} people")
        moment = make_people(options.home, folder / HOME, options.people, options.seed)
        step = options.people // asked
        named = list(person_ids(options.people))[::step][:asked]
        (folder / AUDIENCE).write_text("\n".join(named))
        costs = {}
        for executors in options.executors or ["1"]:
            _say(f"Writing lists with {executors}")
            costs[executors] = _run(folder, options.placement, moment, executors)
            _say(str(costs[executors]))
        floor = floor_of(folder, options.placement, moment)
    _print(costs, floor, asked, options.people)


def _run(folder: Path, placement: str, moment: datetime, executors: str) -> CommandCost:
    options = {
        "--audience": folder / AUDIENCE,
        "--placement": placement,
        "--executors": executors,
        "--at": moment.strftime("%Y-%m-%dT%H:%M:%S"),
        "--home": folder / HOME,
        "--out": folder / f"lists-{executors}",
    }
    given = [str(part) for option in options.items() for part in option]
    return measure_command([sys.executable, "-m", "cli.main", "recommend", *given])


def floor_of(folder: Path, placement: str, moment: datetime) -> CommandCost:
    """Read the same people and what they did, and write the rows of the first for each of them."""
    order = BatchOrder(audience=str(folder / AUDIENCE), placement=placement, keep=False)
    job = begin_batch(order, StorageSettings(home=folder / HOME), folder / "floor", moment)
    people = [
        Recipient(user_id=UserId(name)) for name in (folder / AUDIENCE).read_text().splitlines()
    ]
    with open_batch(job) as rows:
        [model] = rows.make(people[:1], PartCounts())
        started, began = time.monotonic(), time.process_time()
        with ParquetList(folder / "floor.parquet") as writer:
            for start in range(0, len(people), PEOPLE_AT_ONCE):
                some = people[start : start + PEOPLE_AT_ONCE]
                rows.visits.read(some)
                writer.add([replace(row, user_id=who.user_id) for who in some for row in model])
        return CommandCost(time.monotonic() - started, time.process_time() - began, 0.0)


def _print(costs: Mapping[str, CommandCost], floor: CommandCost, asked: int, people: int) -> None:
    headings = (
        "executors",
        "s",
        "people/s",
        "ms of a processor",
        "MiB",
        "a million, min",
        "x floor",
    )
    table = Table(*headings, title=f"{asked:,} lists in a shop of {people:,} people")
    for name, cost in {**costs, "floor": floor}.items():
        table.add_row(
            name,
            f"{cost.seconds:.0f}",
            f"{asked / cost.seconds:,.0f}",
            f"{1000 * cost.processor_seconds / asked:.2f}",
            f"{cost.peak_mib:,.0f}" if cost.peak_mib else "",
            f"{MILLION * cost.seconds / asked / 60:,.0f}",
            f"{cost.processor_seconds / floor.processor_seconds:.1f}",
        )
    console = Console()
    console.print(table)
    console.print("A million is extrapolated; `x floor` is by the processor's time.")


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")


if __name__ == "__main__":
    main()
