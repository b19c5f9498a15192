"""Kafka, killed and started again."""
