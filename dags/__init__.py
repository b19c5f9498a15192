"""Airflow DAGs, one a file."""
