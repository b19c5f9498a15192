"""Kafka behind the event log of the real stack."""
