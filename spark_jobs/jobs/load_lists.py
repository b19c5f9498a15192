"""Job: the lists of a checked generation from its folder to Cassandra.

Nobody reads them before the generation is registered and promoted, and writing them again
changes nothing.
"""

from pathlib import Path

from pyspark.sql import SparkSession

from personalization.codec.json_codec import GENERATION
from personalization.priors import warehouse as names
from spark_jobs import schemas
from spark_jobs.keyspace import Keyspace
from spark_jobs.transforms.stored_lists import as_lists
from spark_jobs.warehouse import read_tables


def load_lists(spark: SparkSession, folder: Path, keyspace_name: str) -> None:
    """Write the lists, returning when all of them are confirmed."""
    generation = GENERATION.decode((folder / names.MANIFEST_FILE).read_bytes())
    lists = as_lists(read_tables(spark, folder), generation.generation_id).cache()
    keyspace = Keyspace(spark, keyspace_name)
    # The keys first: a list that nothing leads to could never be discarded.
    keyspace.append("prior_keys", lists, schemas.PRIOR_KEYS)
    keyspace.append("prior_lists", lists, schemas.PRIOR_LISTS)
