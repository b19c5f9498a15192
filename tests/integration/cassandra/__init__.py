"""Cassandra, where its own ways matter."""
