"""Job: the lists of a checked generation from its folder to Cassandra.

Nobody reads them before the generation is registered and promoted, and writing them again
changes nothing.
"""

import sys
from pathlib import Path

from personalization.codec.json_codec import GENERATION
from personalization.priors import warehouse as names
from personalization.settings.cassandra import CassandraSettings
from spark_jobs import schemas
from spark_jobs.keyspace import Keyspace, password_option
from spark_jobs.session import start_session
from spark_jobs.transforms.stored_lists import as_lists
from spark_jobs.warehouse import read_tables

JOB = Path(__file__).stem


def main(folder: Path, keyspace_name: str) -> None:
    """Write the lists, returning when all of them are confirmed."""
    spark = start_session(JOB, options=password_option(CassandraSettings()))
    generation = GENERATION.decode((folder / names.MANIFEST_FILE).read_bytes())
    lists = as_lists(read_tables(spark, folder), generation.generation_id).cache()
    keyspace = Keyspace(spark, keyspace_name)
    # The keys first: a list that nothing leads to could never be discarded.
    keyspace.append("prior_keys", lists, schemas.PRIOR_KEYS)
    keyspace.append("prior_lists", lists, schemas.PRIOR_LISTS)
    spark.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
