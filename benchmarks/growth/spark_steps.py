"""What the Spark steps of a night cost over a made-up warehouse.

`python -m benchmarks.growth.spark_steps --events 5000000 --products 1300000 --folder NEW`: no
import, no stores and no Airflow, which `python -m benchmarks.growth` has. Memory, tasks and
planning are those that a night of that size chooses on this machine.
"""

import os
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks.growth.made_warehouse import make_warehouse
from importers.generated.large.large_shop import LargeShop
from nightly.application.cost import GroupCost
from nightly.formulas import FORMULAS
from nightly.night import plan_file_of, plan_night
from nightly.spark_steps import run_spark_step
from personalization.settings.nightly import NightlySettings

STEPS = (
    "count_days",
    "ratings_and_popularity",
    "trending_and_arrivals",
    "affinities_and_bundles",
)
_MIB = 1 << 20


def main(
    *,
    folder: Annotated[Path, typer.Option(help="Where all of it is made; must not exist yet.")],
    events: Annotated[int, typer.Option(help="Of the whole period.")] = 1_000_000,
    products: Annotated[int, typer.Option(help="Of the catalogue.")] = 220_000,
    days: Annotated[int, typer.Option(help="Days that the events are spread over.")] = 60,
    hot_share: Annotated[float, typer.Option(help="Share of views of one product.")] = 0.1,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the folder.")] = False,
) -> None:
    """Print wall and processor seconds of each step, and the memory of all processes together."""
    console = Console(width=140)
    # All that is started belongs to this group, by which it is measured.
    os.setpgid(0, 0)
    os.environ["FITTING_ROOM_HOME"] = str(folder.resolve())
    nightly = NightlySettings()
    shop = LargeShop(
        last_day=datetime.now(UTC).date() - timedelta(days=1),
        products=products,
        events=events,
        days=days,
        users=max(1_000, events // 60),
        hot_share=hot_share,
    )
    request = make_warehouse(shop, folder / "warehouse", nightly.period_days)
    plan_file = plan_file_of(plan_night(request, nightly, FORMULAS))
    console.print(f"{events:,} events, {products:,} products, generated; made in {folder}")
    spent = GroupCost.of_group(os.getpid()).processor_seconds
    first, began = spent, time.monotonic()
    for step in STEPS:
        started = time.monotonic()
        run_spark_step(step, [str(plan_file)])
        now = GroupCost.of_group(os.getpid())
        console.print(
            f"{step:24} {time.monotonic() - started:8.1f} s wall"
            f" {now.processor_seconds - spent:8.1f} processor s"
            f" {now.peak_bytes / _MIB:8,.0f} MiB at most, load {os.getloadavg()[0]:.1f}"
        )
        spent = now.processor_seconds
    console.print(
        f"{'all':24} {time.monotonic() - began:8.1f} s wall {spent - first:8.1f} processor s"
    )
    if not keep:
        shutil.rmtree(folder)


if __name__ == "__main__":
    typer.run(main)
