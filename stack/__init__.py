"""Kafka, Cassandra and Redis on loopback ports without Docker, from jars and packages."""
