"""How imports and nights grow with a shop: `python -m benchmarks.growth`.

Everything is generated. Each size has a folder of its own below `--folder`, which must not exist
yet and is removed unless `--keep` is given.
"""

import json
import platform
import shutil
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.growth.growing_shop import GrowingShop
from benchmarks.growth.step_cost import HEADERS, StepCost

NIGHTS = ("night", "second night")


def main(  # noqa: PLR0913 - each parameter is an option of the command
    *,
    events: Annotated[str, typer.Option(help="Sizes, with commas between.")] = "200000,1000000",
    products: Annotated[int, typer.Option(help="Number of products.")] = 220_000,
    days: Annotated[int, typer.Option(help="Days that the events are spread over.")] = 60,
    folder: Annotated[Path, typer.Option(help="Where all of it is made.")] = Path("growth"),
    second_night: Annotated[
        bool, typer.Option("--second-night", help="Add a day of 300,000 events and run again.")
    ] = False,
    floor: Annotated[bool, typer.Option(help="Run the bare job of Spark beside.")] = True,
    hot_share: Annotated[float, typer.Option(help="Share of views of one product.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Of the generator.")] = 7,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the folders.")] = False,
) -> None:
    """Print what each step costs at each size; `costs.jsonl` in the folder has the same."""
    console = Console(width=140)
    folder.mkdir(parents=True, exist_ok=True)
    costs: list[StepCost] = []
    for size in map(int, events.split(",")):
        shop = GrowingShop(
            folder=folder / str(size),
            events=size,
            products=products,
            days=days,
            last_day=datetime.now(UTC).date() - timedelta(days=1),
            seed=seed,
            hot_share=hot_share,
        )
        shop.folder.mkdir()
        for cost in shop.steps(floor=floor, second_night=second_night):
            costs.append(cost)
            console.print("  ".join(cost.cells()))
            with (folder / "costs.jsonl").open("a") as file:
                file.write(json.dumps(asdict(cost)) + "\n")
        if not keep:
            shutil.rmtree(shop.folder)
    console.print(_table(costs, products))
    for line in _ratios(costs):
        console.print(line)


def _table(costs: Sequence[StepCost], products: int) -> Table:
    title = f"{products:,} products, generated; {platform.machine()}, {platform.system()}"
    table = Table(*HEADERS, title=title)
    for cost in costs:
        table.add_row(*cost.cells())
    return table


def _ratios(costs: Sequence[StepCost]) -> Sequence[str]:
    floors = {cost.events: cost for cost in costs if cost.step == "floor"}
    return [
        f"{cost.events:,} events: the {cost.step} took"
        f" {cost.processor_seconds / floors[cost.events].processor_seconds:.2f} times the"
        " processor time of the bare Spark job"
        for cost in costs
        if cost.step in NIGHTS and cost.events in floors
    ]


if __name__ == "__main__":
    typer.run(main)
