"""A frame without rows is made where executors have no Python, as on a plain cluster of Spark."""

import pytest
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from spark_jobs import schemas


@pytest.mark.parametrize("schema", [schemas.HISTORY, schemas.PRIORS], ids=["history", "priors"])
def test_a_frame_without_rows_asks_no_executor_for_python(
    spark: SparkSession, monkeypatch: pytest.MonkeyPatch, schema: StructType
) -> None:
    monkeypatch.setattr(spark.sparkContext, "pythonExec", "/there/is/no/python")
    frame = schemas.no_rows(spark, schema)
    assert frame.collect() == []
    assert [(field.name, field.dataType) for field in frame.schema] == [
        (field.name, field.dataType) for field in schema
    ]
