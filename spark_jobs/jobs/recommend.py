"""Job: parts of a batch of recommendations, made by Spark's executors with the code of pages.

An executor needs the stores' settings in its environment, and the batch's folder at one path.
"""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pyspark.sql import SparkSession

from personalization.batch_wiring import make_part
from personalization.recommendations.batches.batch_job import JOB_FILE, BatchJob, decode_job
from spark_jobs.session import start_session

NAME = Path(__file__).stem


def make_on_spark(job: BatchJob, parts: Sequence[int], master: str | None = None) -> None:
    """Make parts in a session of their own (blocks)."""
    if not parts:
        return
    # The executors of a local master are of this environment, whether it is activated or not.
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    spark = start_session(NAME, master)
    try:
        make_in(spark, job, parts)
    finally:
        spark.stop()


def make_in(spark: SparkSession, job: BatchJob, parts: Sequence[int]) -> None:
    """Make parts, each one task; an executor's process opens the batch once (blocks)."""
    tasks = spark.sparkContext.parallelize(parts, len(parts))
    tasks.foreach(partial(make_part, job))


def main(folder: Path, parts: Sequence[int]) -> None:
    make_on_spark(decode_job((folder / JOB_FILE).read_bytes()), parts)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(part) for part in sys.argv[2:]])
