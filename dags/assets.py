"""Assets by which DAGs are chained: what a DAG made, another may wait for.

They name what a task reads and writes, too, in Airflow's pages and in the events of OpenLineage.
"""

from airflow.sdk import Asset

SCHEME = "fitting-room"
HISTORY = Asset(f"{SCHEME}://history")
"""What shoppers did, in files or in Cassandra."""
CATALOGUE = Asset(f"{SCHEME}://catalogue")
DECISIONS = Asset(f"{SCHEME}://decisions")
"""What was shown to whom, and why."""
NIGHT_INPUT = Asset(f"{SCHEME}://warehouse/input")
"""Catalogue and history of a night's period as Parquet."""
DAY_SUMS = Asset(f"{SCHEME}://warehouse/day-sums")
PRIOR_TABLES = Asset(f"{SCHEME}://warehouse/prior-tables")
"""The tables of a generation that is being made."""
QUALITY_REPORT = Asset(f"{SCHEME}://warehouse/data-quality")
OFF_POLICY_REPORT = Asset(f"{SCHEME}://warehouse/off-policy")
GENERATIONS = Asset(f"{SCHEME}://priors/generations")
ACTIVE_PRIORS = Asset(f"{SCHEME}://priors/active")
"""The promoted generation of priors."""
EMAIL_LISTS = Asset(f"{SCHEME}://lists")
WAREHOUSE_TABLES = Asset(f"{SCHEME}://tables")
