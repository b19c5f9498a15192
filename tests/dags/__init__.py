"""The DAGs as Airflow reads them, and their tasks over files."""
