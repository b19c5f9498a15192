"""Executors of Spark write for an e-mail what one process writes, byte for byte."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from personalization.batch_wiring import BatchOrder, begin_batch, make_parts
from personalization.recommendations.batches import batch_folder
from personalization.recommendations.batches.batch_folder import BatchFolder
from personalization.recommendations.batches.batch_job import BatchJob
from personalization.settings.storage import StorageSettings
from spark_jobs.jobs.recommend import make_in
from tests.builders.shops.mailing_shop import AT, PEOPLE, fill_mailing_shop

PARTS = 4


def _begin(home: Path, out: Path, audience: Path) -> BatchJob:
    order = BatchOrder(audience=str(audience), strategy="personal", count=3)
    return begin_batch(order, StorageSettings(home=home), out, AT)


def _finish(job: BatchJob, out: Path) -> dict[str, bytes]:
    BatchFolder(out).finish(job)
    return {file.name: file.read_bytes() for file in out.iterdir()}


@pytest.fixture
def audience(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(batch_folder, "PEOPLE_PER_PART", len(PEOPLE) // PARTS)
    file = tmp_path / "audience.txt"
    file.write_text("\n".join(PEOPLE))
    return file


def test_executors_write_item_by_item_what_one_process_writes(
    spark: SparkSession, tmp_path: Path, audience: Path
) -> None:
    fill_mailing_shop(tmp_path / "home")
    job = _begin(tmp_path / "home", tmp_path / "alone", audience)
    make_parts(job, range(job.parts), 1)
    alone = _finish(job, tmp_path / "alone")

    job = _begin(tmp_path / "home", tmp_path / "spark", audience)
    assert job.parts == PARTS
    make_in(spark, job, range(job.parts))

    assert _finish(job, tmp_path / "spark") == alone
    written = [pq.read_table(tmp_path / "spark" / name) for name in sorted(alone) if "part" in name]
    assert [table.num_rows for table in written] == [3 * len(PEOPLE) // PARTS] * PARTS
    users = [user for table in written for user in table["user_id"].to_pylist()]
    assert list(dict.fromkeys(users)) == PEOPLE
