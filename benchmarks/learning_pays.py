"""Whether learning pays, in simulated shops of known truth: clicks gained over no learning.

    python -m benchmarks.learning_pays --rows rows.jsonl --plot learning_pays.png

Counted by the true chances of clicks. The twin ranks and explores alike and never learns; the same
policy without exploration shows what that costs, and oracles what could be gained at most. Each run
is a row of the file, and what the file has is not run again: `--seeds`, `--shop` and `--policy` may
come in pieces. `--calibrate FOLDER` fits the numbers of the shops again, from a folder that has
eshop2008/eshop2008.parquet.
"""

import argparse
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import product
from pathlib import Path

import msgspec
import numpy as np
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.learning_curves import draw_curves
from evaluation.simulation.calibration import likeliest, share_spread, shift_spread
from evaluation.simulation.clicks_gained import LOOKS, TWIN, Contender, gain, shop_runs
from evaluation.simulation.online_models import OnlineModels
from evaluation.simulation.oracle import Knows
from evaluation.simulation.shop_run import ClickCurve
from evaluation.simulation.shops import ShopKind
from evaluation.wiring import open_online
from personalization.policies.spec import PolicySpec

EVERY_ROUNDS = 2_000
"""Of a snapshot."""
SHORTEST, LAST_MONTHS = 4, (7, 8)
TYPES = (1, 2, 4, 8, 16)
Shops = Mapping[int, Mapping[str, ClickCurve]]
"""Seed -> contender -> its clicks."""


class Row(msgspec.Struct, frozen=True):
    shop: ShopKind
    seed: int
    contender: str
    clicks: tuple[float, ...]
    """Summed up to each step of a curve."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--rows", type=Path, default=Path("learning_pays.jsonl"), help="what was run; appended to"
    )
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--first-seed", type=int, default=1)
    parser.add_argument("--impressions", type=int, default=LOOKS[-1])
    parser.add_argument("--shop", action="append", choices=[str(kind) for kind in ShopKind])
    parser.add_argument("--policy", action="append", help="earned, and earned without exploration")
    parser.add_argument("--twin", default="epsilon-greedy:epsilon=0.2", help="never learns")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--calibrate", type=Path)
    asked = parser.parse_args()
    if asked.calibrate:
        _calibrate(asked.calibrate / "eshop2008" / "eshop2008.parquet")
        return
    contenders = [
        Contender(TWIN, asked.twin, learning=False),
        *(Contender(text, text) for text in asked.policy or ("earned", "earned:epsilon=0")),
        *(Contender(str(knows), asked.twin, learning=False, knows=knows) for knows in Knows),
    ]
    kinds = [ShopKind(name) for name in asked.shop or list(ShopKind)]
    seeds = range(asked.first_seed, asked.first_seed + asked.seeds)
    kept = {(row.shop, row.seed, row.contender) for row in _read(asked.rows)}
    jobs = [
        (contender, kind, seed)
        for seed, kind, contender in product(seeds, kinds, contenders)
        if (kind, seed, contender.name) not in kept
    ]
    with asked.rows.open("ab") as file:
        for row in _run(jobs, asked.impressions, asked.processes):
            file.write(msgspec.json.encode(row) + b"\n")
            file.flush()
    shops = _by_shop(_read(asked.rows))
    _print(shops, [look for look in LOOKS if look <= asked.impressions])
    if asked.plot:
        draw_curves(shops, asked.plot)


def _open(policy: PolicySpec) -> OnlineModels:
    return open_online(policy, EVERY_ROUNDS)


def _read(file: Path) -> Sequence[Row]:
    lines = file.read_bytes().splitlines() if file.exists() else []
    return [msgspec.json.decode(line, type=Row) for line in lines]


def _run(
    jobs: Sequence[tuple[Contender, ShopKind, int]], impressions: int, processes: int
) -> Iterator[Row]:
    serve = partial(_row, impressions=impressions)
    with ProcessPoolExecutor(processes) as pool:
        served = pool.map(serve, jobs)
        console = Console(stderr=True)
        yield from track(served, "Serving shops", total=len(jobs), console=console)


def _row(job: tuple[Contender, ShopKind, int], impressions: int) -> Row:
    contender, kind, seed = job
    run = shop_runs(kind, seed, impressions, [contender], _open)[contender.name]
    return Row(kind, seed, contender.name, run.curve().clicks)


def _by_shop(rows: Sequence[Row]) -> Mapping[ShopKind, Shops]:
    shops: dict[ShopKind, dict[int, dict[str, ClickCurve]]] = {}
    for row in rows:
        seeds = shops.setdefault(row.shop, defaultdict(dict))
        seeds[row.seed][row.contender] = ClickCurve(row.clicks)
    return shops


def _print(shops: Mapping[ShopKind, Shops], looks: Sequence[int]) -> None:
    table = Table(
        title="Clicks gained over no learning, % (95 % interval over the shops), after impressions"
    )
    columns = "shop", "contender", "seeds", "click rate, %", *(f"{look:,}" for look in looks)
    for name in (*columns, "worst shop by then"):
        table.add_column(name)
    for kind, seeds in shops.items():
        for name in dict.fromkeys(name for curves in seeds.values() for name in curves):
            both = [curves for curves in seeds.values() if {name, TWIN} <= curves.keys()]
            gains = [gain(both, name, look) for look in looks]
            rate = np.mean([curves[name].up_to(looks[-1]) for curves in both]) / looks[-1]
            table.add_row(
                str(kind), name, str(len(both)), f"{100 * rate:.2f}",
                *(f"{100 * of.mean:+.1f} +- {100 * of.half_width:.1f}" for of in gains),
                f"{100 * gains[-1].worst:+.1f}",
            )  # fmt: skip
    Console(width=180).print(table)


def _calibrate(file: Path) -> None:
    read = pq.read_table(file, columns=["month", "day", "session_id", "model"])
    month, day, session, model = (column.to_numpy() for column in read.columns)
    products = np.unique(model, return_inverse=True)[1]
    sessions = np.unique(session, return_inverse=True)[1]
    views = np.zeros((sessions.max() + 1, products.max() + 1))
    np.add.at(views, (sessions, products), 1)
    even = np.zeros(len(views), bool)
    even[sessions] = day % 2 == 0
    long = views.sum(1) >= SHORTEST
    mixtures = likeliest(views[even & long], views[~even & long], TYPES)
    before = np.bincount(products[month < LAST_MONTHS[0]], minlength=views.shape[1])
    after = np.bincount(products[month == LAST_MONTHS[1]], minlength=views.shape[1])
    lengths = views.sum(1)
    figures = {
        "popularity_spread": share_spread(views.sum(0).astype(np.int64)),
        "season_spread": shift_spread(before, after),
        "views of a session, median and mean": (np.median(lengths), lengths.mean()),
        **{
            f"{types} types: log-likelihood of a view on odd days, type_spread": (
                mixture.likelihood(views[~even & long]),
                mixture.lift_spread(),
            )
            for types, mixture in mixtures.items()
        },
    }
    for name, figure in figures.items():
        Console().print(name, figure)


if __name__ == "__main__":
    main()
