"""Writes past sessions as Spark leaves them for the session index, made by a seed."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.generations.made_generation import MadeShop

MEAN_VIEWS = 6
_NEWEST = 1_785_000_000
_NEIGHBOURHOOD = 30
"""Places in the catalogue, about: what a session looks at is near to each other."""


def write_sessions(shop: MadeShop, sessions: int, path: Path) -> None:
    """Write so many, newest first: neighbourhoods are chosen with a heavy head and a long tail."""
    generator = np.random.default_rng(shop.seed)
    products = pa.array(shop.product_ids().tolist())
    lengths = np.minimum(2 + generator.geometric(1 / (MEAN_VIEWS - 1), sessions) - 1, 50)
    middles = np.repeat((shop.products * generator.random(sessions) ** 4).astype(int), lengths)
    steps = generator.normal(0, _NEIGHBOURHOOD, len(middles)).astype(int)
    viewed = products.take(pa.array((middles + steps) % shop.products))
    acts = generator.random(sessions) < 0.2  # noqa: PLR2004 (about as many carts as shops have)
    starts = np.cumsum(lengths) - lengths
    act = pa.StructArray.from_arrays(
        [
            pa.array(lengths[acts], pa.int32()),
            viewed.take(pa.array((starts + lengths - 1)[acts])),
            pa.array(["add_to_cart"] * int(acts.sum())),
        ],
        ["views_before", "product", "type"],
    )
    digests = generator.integers(0, 1 << 63, sessions)
    gaps = generator.integers(0, 60, sessions)
    table = pa.table(
        {
            "ended_at": _NEWEST - np.cumsum(gaps),
            "views": pa.ListArray.from_arrays(
                pa.array([0, *np.cumsum(lengths)], pa.int32()), viewed
            ),
            "acts": pa.ListArray.from_arrays(pa.array([0, *np.cumsum(acts)], pa.int32()), act),
            "digest": [f"{digest:016x}" for digest in digests.tolist()],
        }
    )
    pq.write_table(table, path)
