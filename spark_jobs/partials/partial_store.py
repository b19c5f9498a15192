"""Where partials are kept, in the warehouse beside the history that they are counted from.

`partials/KIND/block=ID/` has the rows of a kind, `partials/blocks.json` says which blocks there
are, and is replaced last: what it does not name was left behind by a night that was interrupted.
"""

import shutil
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.priors import warehouse as names
from spark_jobs.addresses import file_address
from spark_jobs.partials.blocks import (
    BLOCK_BOOK,
    CLOSED_EVENTS,
    Block,
    BlockBook,
    BlockPlan,
    DayInput,
    DaySums,
    plan_blocks,
)
from spark_jobs.partials.building import COUNTED, INTERACTIONS, SESSIONS, DayPartials
from spark_jobs.partials.kinds import SCHEMAS, PartialKind
from spark_jobs.schemas import no_rows

FOLDER = "partials"
BOOK_FILE = "blocks.json"
CATEGORIES_FILE = "product_categories.parquet"
"""Which category each product had when its events were counted."""
TOGETHER_EVENTS = 3_000_000
"""Counted at once: what is kept in memory meanwhile does not grow with the history."""
_BLOCK = "block"
_PAIR_SEPARATOR = "\x1f"

Reads = Callable[[Collection[date]], DataFrame]
"""Days -> their events."""


class PartialStore:
    """The partials of one warehouse; one night at a time changes them."""

    def __init__(
        self, spark: SparkSession, warehouse: Path, closed_events: int = CLOSED_EVENTS
    ) -> None:
        self._spark = spark
        self._closed_events = closed_events
        self._warehouse = warehouse
        self._folder = warehouse / FOLDER
        book = self._folder / BOOK_FILE
        self._book = BLOCK_BOOK.decode(book.read_bytes()) if book.exists() else BlockBook()

    @property
    def erased_digests(self) -> frozenset[str]:
        """Digests of the sessions that are left out already."""
        return frozenset(self._book.erased)

    def plan(self, period: Mapping[date, DayInput], stale: Collection[date]) -> BlockPlan:
        """Return what is kept and what is counted for a period, where some days are stale."""
        fresh = [
            block
            for block in self._book.blocks
            if block.days.keys().isdisjoint(stale) and self._is_whole(block)
        ]
        return replace(plan_blocks(fresh, period, self._closed_events), stale=frozenset(stale))

    def renew(self, plan: BlockPlan, read: Reads, erased: Sequence[str], *, keep: bool) -> None:
        """Count what a plan lacks, and drop what it does not use unless asked to keep it."""
        made = [block for group in _groups(plan.made) for block in self._count(group, read)]
        used = {block.block_id for block in (*plan.kept, *made)}
        lost = plan.stale.union(*(block.days for block in made))
        others = [
            block
            for block in self._book.blocks
            if keep and block.block_id not in used and block.days.keys().isdisjoint(lost)
        ]
        self._book = BlockBook((*plan.kept, *made, *others), tuple(sorted(erased)))
        self._write_book()
        self._sweep()

    def _count(self, blocks: Sequence[Block], read: Reads) -> list[Block]:
        block_of = {day: block.block_id for block in blocks for day in block.days}
        partials = DayPartials(read(block_of), self._categories())
        literals = [F.lit(value) for pair in block_of.items() for value in pair]
        block = F.create_map(*literals)[F.col(names.DAY)]
        for kind in PartialKind:
            rows = partials.frame(kind).withColumn(_BLOCK, block)
            rows.write.partitionBy(_BLOCK).mode("overwrite").parquet(
                file_address(self._folder / kind)
            )
        sums = {
            row[names.DAY]: DaySums(row[INTERACTIONS], row[COUNTED], row[SESSIONS])
            for row in partials.sums().collect()
        }
        partials.release()
        return [
            replace(block, sums={day: sums.get(day, DaySums()) for day in block.days})
            for block in blocks
        ]

    def _categories(self) -> DataFrame:
        return self._spark.read.parquet(
            file_address(self._warehouse / names.PRODUCT_CATEGORIES_FILE)
        )

    def _is_whole(self, block: Block) -> bool:
        """Say whether its rows are there: every block has some of what was done with products."""
        rows = any(given.counted for given in block.sums.values())
        return not rows or self._block_folder(PartialKind.ACTS, block).exists()

    def _write_book(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(
            self._warehouse / names.PRODUCT_CATEGORIES_FILE, self._folder / CATEGORIES_FILE
        )
        unfinished = self._folder / f".{BOOK_FILE}.unfinished"
        unfinished.write_bytes(BLOCK_BOOK.encode(self._book))
        unfinished.replace(self._folder / BOOK_FILE)

    def _sweep(self) -> None:
        known = {f"{_BLOCK}={block.block_id}" for block in self._book.blocks}
        for folder in self._folder.glob(f"*/{_BLOCK}=*"):
            if folder.name not in known:
                shutil.rmtree(folder)

    def read(self, kind: PartialKind, first_day: date, last_day: date) -> DataFrame:
        """Return the rows of a kind of the days from the first to the last."""
        blocks = (block for block in self._book.blocks if _touches(block, first_day, last_day))
        folders = (self._block_folder(kind, block) for block in blocks)
        paths = [file_address(folder) for folder in folders if folder.exists()]
        if not paths:
            return no_rows(self._spark, SCHEMAS[kind])
        rows = self._spark.read.schema(SCHEMAS[kind]).parquet(*paths)
        return rows.where(F.col(names.DAY).between(F.lit(first_day), F.lit(last_day)))

    def sums(self, first_day: date, last_day: date) -> dict[date, DaySums]:
        """Return what was summed of the days from the first to the last."""
        return {
            day: given
            for block in self._book.blocks
            for day, given in block.sums.items()
            if first_day <= day <= last_day
        }

    def days_of_changed_products(self) -> set[date]:
        """Return days that name products whose category is another now, or known only now."""
        changed = self._changed_products()
        if not len(changed):
            return set()
        found: set[date] = set()
        for block in self._book.blocks:
            folder = self._block_folder(PartialKind.ACTS, block)
            if folder.exists():
                found.update(_days_naming(folder, changed))
        return found

    def _changed_products(self) -> pa.Array:
        former = self._folder / CATEGORIES_FILE
        if not former.exists():
            return pa.array([], pa.string())
        now, then = (
            pq.read_table(file)
            for file in (self._warehouse / names.PRODUCT_CATEGORIES_FILE, former)
        )
        pairs_now, pairs_then = map(_pairs_of, (now, then))
        same = pc.is_in(pairs_now, value_set=pairs_then.combine_chunks())
        return now.column(names.PRODUCT_ID).filter(pc.invert(same)).combine_chunks()

    def _block_folder(self, kind: PartialKind, block: Block) -> Path:
        return self._folder / kind / f"{_BLOCK}={block.block_id}"


def _pairs_of(table: pa.Table) -> pa.ChunkedArray:
    products, categories = (table.column(name) for name in (names.PRODUCT_ID, names.CATEGORY_ID))
    return pc.binary_join_element_wise(products, categories, _PAIR_SEPARATOR)


def _days_naming(folder: Path, products: pa.Array) -> Iterator[date]:
    dataset = ds.dataset(folder, format="parquet")
    for batch in dataset.to_batches(columns=[names.DAY, names.PRODUCT_ID]):
        named = pc.is_in(batch.column(names.PRODUCT_ID), value_set=products)
        yield from batch.column(names.DAY).filter(named).unique().to_pylist()


def _touches(block: Block, first_day: date, last_day: date) -> bool:
    return any(first_day <= day <= last_day for day in block.days)


def _groups(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    """Yield blocks that are counted together."""
    group: list[Block] = []
    for block in blocks:
        group.append(block)
        if sum(some.events for some in group) >= TOGETHER_EVENTS:
            yield group
            group = []
    if group:
        yield group
