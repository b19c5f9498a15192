"""What the tasks of the DAGs do, on the service's side: nothing here knows of Airflow."""
