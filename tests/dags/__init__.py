"""dags tests."""
