"""A small made-up clothing shop, for when no real data is to be had."""
