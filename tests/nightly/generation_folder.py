"""Builds the folder that Spark would leave, of a handful of rows."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from personalization.domain.identifiers import GenerationId
from personalization.domain.prior import PriorTable
from personalization.priors.warehouse import JOB_REPORT, JobReport, NightlyPlan
from tests.builders.nightly_plan import a_nightly_plan

Row = dict[str, Any]


def a_row(**overrides: Any) -> Row:
    """Return the only product of the global list."""
    row = {"key": "global", "rank": 1, "member_id": "a", "strength": 1.0, "value": 3.0}
    return {**row, "support": 3, **overrides}


@dataclass(frozen=True)
class GenerationFolder:
    """A building folder in a warehouse whose catalogue has the products a and b, in shirts."""

    plan: NightlyPlan
    folder: Path

    @classmethod
    def make(cls, warehouse: Path, generation_id: str = "20260728-abc") -> "GenerationFolder":
        """Make the folder, with a report that explains every table but `popular_products`."""
        folder = warehouse / "building" / generation_id
        (folder / "reports").mkdir(parents=True)
        plan = a_nightly_plan(generation_id=GenerationId(generation_id), warehouse=str(warehouse))
        pq.write_table(pa.table({"product_id": ["a", "b"]}), warehouse / "products.parquet")
        pq.write_table(pa.table({"category_id": ["shirts"]}), warehouse / "categories.parquet")
        made = cls(plan, folder)
        made.explain({table.value for table in PriorTable} - {"popular_products"})
        return made

    def explain(self, absent: set[str]) -> None:
        """Leave a report that gives a reason for these tables."""
        report = JobReport(absent=dict.fromkeys(absent, "no data"), parameters={"made_of": "x"})
        (self.folder / "reports" / "job.json").write_bytes(JOB_REPORT.encode(report))

    def put(self, table: PriorTable, *rows: Row, file: str = "part-00000") -> None:
        folder = self.folder / "tables" / f"table={table.value}"
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(list(rows)), folder / f"{file}.parquet")
