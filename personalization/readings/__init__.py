"""Amounts, currencies and dates as people write them, each with all that it may mean."""
