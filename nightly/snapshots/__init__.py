"""The snapshot of history and catalogue that Spark reads."""
