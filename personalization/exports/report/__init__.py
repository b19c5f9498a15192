"""What happened in a shop, as small tables for a page."""
