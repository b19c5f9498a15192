"""A warehouse's tables to the few rows of a report's page."""
