"""Writes made-up visits as a file of a shop's own events, which says that they are made up."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from numpy.random import default_rng

from importers.generated.event_columns import EVENT_COLUMNS
from importers.generated.visits.made_shoppers import MadeShoppers
from importers.generated.visits.made_visit import MadeVisit, VisitRow
from importers.generated.visits.stored_products import stored_products
from importers.generated.visits.visit_plan import VisitPlan
from importers.generated.visits.visited_products import VisitedProducts
from importers.identity import session_id
from importers.loaders.generated_visits import GENERATED_COLUMN, NAME
from importers.progress import Progress
from personalization.domain.errors import ImportRejectedError
from personalization.ports.catalogue import Catalogue

SCHEMA: Final = pa.schema(
    [
        *EVENT_COLUMNS,
        ("price", pa.float64()),
        ("currency", pa.string()),
        ("order_id", pa.string()),
        (GENERATED_COLUMN, pa.bool_()),
    ]
)
_OPENS, _CLOSES = 6 * 3_600, 22 * 3_600
"""Seconds of a day within which visits begin: the longest one ends before midnight."""
_VISITS = 5


def write_visits(catalogue: Catalogue, plan: VisitPlan, path: Path, progress: Progress) -> int:
    """Write the file, whole or not at all, and return the number of rows.

    Raises `ImportRejectedError` where there is nothing to visit, or no such file can be written.
    """
    if path.suffix != ".parquet":
        raise ImportRejectedError(f"{path} is to be a .parquet file.")
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise ImportRejectedError(f"{path} cannot be written: it is no file in a folder.")
    products = VisitedProducts(stored_products(catalogue, plan.last_day, plan.seed), plan.seed)
    shoppers = MadeShoppers(products, plan.users, plan.seed)
    progress.stage("Generating visits")
    part = path.with_name(f".{path.name}.part")
    count = 0
    with pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
        for done, (day, visits) in enumerate(plan.visits_by_day(), 1):
            rows = sorted(
                _rows_of_day(products, shoppers, plan, day, visits),
                key=lambda row: (row.moment, row.session),
            )
            writer.write_batch(_batch(rows))
            count += len(rows)
            progress.advance(count, done / plan.days)
    part.replace(path)
    return count


def _rows_of_day(
    products: VisitedProducts, shoppers: MadeShoppers, plan: VisitPlan, day: date, visits: int
) -> Iterator[VisitRow]:
    random = default_rng([plan.seed, _VISITS, day.toordinal()])
    midnight = datetime.combine(day, time.min, UTC)
    for number in range(visits):
        start = midnight + timedelta(seconds=int(random.integers(_OPENS, _CLOSES)))
        user, taste = shoppers.draw(random)
        session = session_id(NAME, plan.seed, day.isoformat(), number)
        visit = MadeVisit(products, taste, random, start)
        yield from visit.rows(
            session,
            None if user is None else f"generated-{user}",
            f"generated-{day:%Y%m%d}-{number}",
        )


def _batch(rows: list[VisitRow]) -> pa.RecordBatch:
    columns = [
        [row.session for row in rows],
        [row.moment for row in rows],
        [row.kind for row in rows],
        [row.product for row in rows],
        [row.category for row in rows],
        [row.user for row in rows],
        [row.region for row in rows],
        [row.price for row in rows],
        [row.currency for row in rows],
        [row.order for row in rows],
        [True] * len(rows),
    ]
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, SCHEMA, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)
