"""What the tasks of the DAGs do, in plain functions that know nothing of Airflow."""
