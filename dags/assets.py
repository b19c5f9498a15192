"""Assets by which DAGs are chained: what a DAG made, another may wait for."""

from airflow.sdk import Asset

ACTIVE_PRIORS = Asset("fitting-room://priors/active")
"""The promoted generation of priors."""
