"""Where jobs read the night's input and write their tables and reports."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import reduce
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (the name that Spark's own guide gives it)

from personalization.domain.prior import PriorTable
from personalization.priors import warehouse as names
from personalization.priors.warehouse import (
    JOB_REPORT,
    PLAN,
    JobReport,
    NightlyPlan,
)
from spark_jobs import schemas
from spark_jobs.addresses import file_address
from spark_jobs.day_profiles import write_profiles


@dataclass(frozen=True, slots=True)
class CatalogueInput:
    """The catalogue, with the schemas of `spark_jobs.schemas`."""

    products: DataFrame
    categories: DataFrame
    groups: DataFrame
    """Variants with their parents."""


def read_history(spark: SparkSession, warehouse: Path) -> DataFrame:
    """Return all events of the snapshot; none where it has not a single day."""
    folder = warehouse / names.HISTORY_FOLDER
    if any(folder.glob(f"{names.DAY}=*")):
        return spark.read.schema(schemas.HISTORY).parquet(file_address(folder))
    return schemas.no_rows(spark, schemas.HISTORY)


def read_groups(spark: SparkSession, warehouse: Path) -> DataFrame:
    """Return every variant with its parent."""
    return spark.read.schema(schemas.GROUPS).parquet(file_address(warehouse / names.GROUPS_FILE))


def write_history(history: DataFrame, warehouse: Path) -> None:
    """Make these events the whole snapshot: one file a day, as the export writes them."""
    (
        schemas.fit_schema(history, schemas.HISTORY)
        .repartition(names.DAY)
        .sortWithinPartitions(names.DAY, names.OCCURRED_AT, names.EVENT_ID, names.SESSION_ID)
        .write.partitionBy(names.DAY)
        .mode("overwrite")
        .option("partitionOverwriteMode", "static")
        .parquet(file_address(warehouse / names.HISTORY_FOLDER))
    )


def read_tables(spark: SparkSession, generation: Path) -> DataFrame:
    """Return the rows of all tables of a generation."""
    return spark.read.schema(schemas.PRIORS).parquet(file_address(generation / names.TABLES_FOLDER))


class BuildingFolder:
    """The folder of the generation that is being made, beside its plan."""

    def __init__(self, spark: SparkSession, plan_file: Path) -> None:
        self._spark = spark
        self._folder = plan_file.parent
        self.plan: NightlyPlan = PLAN.decode(plan_file.read_bytes())
        self.request = names.read_request(Path(self.plan.warehouse))

    def read_catalogue(self) -> CatalogueInput:
        """Return what is on sale."""
        warehouse = Path(self.plan.warehouse)
        read = self._spark.read
        products = read.schema(schemas.PRODUCTS).parquet(
            file_address(warehouse / names.PRODUCTS_FILE)
        )
        categories = read.schema(schemas.CATEGORIES).parquet(
            file_address(warehouse / names.CATEGORIES_FILE)
        )
        return CatalogueInput(products, categories, read_groups(self._spark, warehouse))

    def write_tables(self, tables: Mapping[PriorTable, DataFrame]) -> set[PriorTable]:
        """Write the tables, replacing what they held, and return those that have rows.

        Lists are written by the tasks that ranked them: a list is whole in one file, and the
        files of a table are in no order.
        """
        parts = [
            schemas.fit_schema(frame.withColumn(names.TABLE, F.lit(table.value)), schemas.PRIORS)
            for table, frame in tables.items()
        ]
        folder = self._folder / names.TABLES_FOLDER
        (
            reduce(DataFrame.unionByName, parts)
            .sortWithinPartitions(names.TABLE, names.KEY, names.RANK)
            .write.partitionBy(names.TABLE)
            .mode("overwrite")
            .parquet(file_address(folder))
        )
        return {table for table in tables if (folder / f"{names.TABLE}={table.value}").exists()}

    def keep(self, frame: DataFrame, name: str) -> DataFrame:
        """Write a frame beside the generation and return it as it is read from there.

        What is made of it is planned without the way that it was made, is not made again where a
        worker is lost, and takes no memory meanwhile. It is dropped once the generation is checked.
        """
        address = file_address(self._folder / names.KEPT_FOLDER / name)
        frame.write.mode("overwrite").option("partitionOverwriteMode", "static").parquet(address)
        return self._spark.read.schema(frame.schema).parquet(address)

    def write_past_sessions(self, sessions: DataFrame) -> None:
        """Write the sessions that the index is made of, in their order, as a single file."""
        address = file_address(self._folder / names.PAST_SESSIONS_FOLDER)
        sessions.write.mode("overwrite").option("partitionOverwriteMode", "static").parquet(address)

    def write_profiles(
        self, history: DataFrame, products: DataFrame, left_out: frozenset[str]
    ) -> None:
        """Measure the days that are new or changed, and write the profiles of all of the period."""
        warehouse = Path(self.plan.warehouse)
        days = _day_keys(names.read_snapshot(warehouse).fingerprints, left_out)
        write_profiles(history, products, days, warehouse, self._folder)

    def write_report(self, job: str, report: JobReport) -> None:
        folder = self._folder / names.REPORTS_FOLDER
        folder.mkdir(exist_ok=True)
        (folder / f"{job}.json").write_bytes(JOB_REPORT.encode(report))


def _day_keys(fingerprints: Mapping[date, str], left_out: frozenset[str]) -> dict[date, str]:
    """Return what a day's input is: its events, less those of erased and withdrawn sessions."""
    digest = hashlib.sha256("\0".join(sorted(left_out)).encode()).hexdigest()
    return {day: f"{text}-{digest[:8]}" for day, text in fingerprints.items()}
