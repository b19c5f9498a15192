"""Events, decisions, slates and profiles as Parquet tables by day, for a shop's warehouse."""
