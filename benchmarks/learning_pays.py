"""Whether learning pays, in simulated shops of known truth: clicks gained over no learning.

    python -m benchmarks.learning_pays --plot learning_pays.png

Counted by the true chances of clicks. The twin ranks and explores alike and never learns; greedy
shows what exploration costs. `--calibrate FOLDER` fits the numbers of the shops again, from a
folder that has eshop2008/eshop2008.parquet.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from rich.console import Console
from rich.progress import track
from rich.table import Table

from evaluation.simulation.calibration import likeliest, share_spread, shift_spread
from evaluation.simulation.clicks_gained import LOOKS, TWIN, Contender, gain, shop_runs
from evaluation.simulation.online_models import OnlineModels
from evaluation.simulation.shop_run import SLOTS, ShopRun
from evaluation.simulation.shops import ShopKind
from evaluation.wiring import open_online
from personalization.policies.spec import PolicySpec

EVERY_ROUNDS = 2_000
"""Of a snapshot."""
SHORTEST, LAST_MONTHS = 4, (7, 8)
TYPES = (1, 2, 4, 8, 16)
Figures = dict[str, Any]
Runs = Mapping[ShopKind, Sequence[Mapping[str, ShopRun]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--impressions", type=int, default=LOOKS[-1])
    parser.add_argument("--shop", action="append", choices=[str(kind) for kind in ShopKind])
    parser.add_argument("--policy", default="epsilon-greedy:epsilon=0.2")
    parser.add_argument("--twin", default="epsilon-greedy:epsilon=0.2", help="never learns")
    parser.add_argument("--greedy", default="epsilon-greedy:epsilon=0")
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--calibrate", type=Path)
    asked = parser.parse_args()
    if asked.calibrate:
        _calibrate(asked.calibrate / "eshop2008" / "eshop2008.parquet")
        return
    contenders = [
        Contender(TWIN, asked.twin, learning=False),
        Contender(asked.policy, asked.policy),
        Contender(f"{asked.greedy}, greedy", asked.greedy),
    ]
    kinds = [ShopKind(name) for name in asked.shop or list(ShopKind)]
    runs = _run(kinds, asked.seeds, asked.impressions, contenders, asked.processes)
    looks = [look for look in LOOKS if look <= asked.impressions]
    rows = _rows(runs, contenders, looks)
    _print(rows, looks)
    if asked.json:
        asked.json.write_text(json.dumps(rows, indent=2))
    if asked.plot:
        _plot(runs, contenders, asked.plot)


def _open(policy: PolicySpec) -> OnlineModels:
    return open_online(policy, EVERY_ROUNDS)


def _run(
    kinds: Sequence[ShopKind],
    seeds: int,
    impressions: int,
    contenders: Sequence[Contender],
    processes: int,
) -> Runs:
    jobs = [(kind, seed) for kind in kinds for seed in range(1, seeds + 1)]
    serve = partial(shop_runs, impressions=impressions, contenders=contenders, open_models=_open)
    with ProcessPoolExecutor(processes) as pool:
        served = pool.map(serve, *zip(*jobs, strict=True))
        console = Console(stderr=True)
        results = list(track(served, "Serving shops", total=len(jobs), console=console))
    return {
        kind: [run for (of, _), run in zip(jobs, results, strict=True) if of is kind]
        for kind in kinds
    }


def _rows(runs: Runs, contenders: Sequence[Contender], looks: Sequence[int]) -> list[Figures]:
    rows: list[Figures] = []
    for kind, shops in runs.items():
        for contender in contenders:
            clicks = np.mean([np.mean(shop[contender.name].clicks) for shop in shops])
            gains = {str(look): gain(shops, contender.name, look) for look in looks}
            rows.append({
                "shop": str(kind),
                "policy": contender.name,
                "click_rate": float(clicks) / SLOTS,
                **{look: [of.mean, of.half_width] for look, of in gains.items()},
            })  # fmt: skip
    return rows


def _print(rows: Sequence[Figures], looks: Sequence[int]) -> None:
    table = Table(
        title="Clicks gained over no learning, % (95 % interval over the shops), after impressions"
    )
    for name in ("shop", "policy", "click rate, %", *(f"{look:,}" for look in looks)):
        table.add_column(name)
    for row in rows:
        cells = []
        for look in looks:
            pair = row[str(look)]
            cells.append(f"{100 * pair[0]:+.1f} +- {100 * pair[1]:.1f}")
        rate = 100 * row["click_rate"]
        table.add_row(row["shop"], row["policy"], f"{rate:.2f}", *cells)
    Console(width=160).print(table)


def _plot(runs: Runs, contenders: Sequence[Contender], file: Path) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 3.4), layout="constrained")
    axes = figure.subplots(1, len(runs), sharey=True, squeeze=False)[0]
    for axis, (kind, shops) in zip(axes, runs.items(), strict=True):
        pages = len(shops[0][TWIN].clicks)
        looks = np.linspace(LOOKS[0], pages * SLOTS, 40).astype(int)
        for contender in contenders[1:]:
            gains = [100 * gain(shops, contender.name, int(look)).mean for look in looks]
            axis.plot(looks / 1000, gains, label=contender.name)
        axis.axhline(0, color="black", linewidth=0.6)
        axis.set_title(str(kind), fontsize=10)
        axis.set_xlabel("thousand impressions")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("clicks gained, %")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    figure.savefig(file, dpi=90)


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
