"""Removes what has been kept long enough: the same for the daily DAG and the command."""
