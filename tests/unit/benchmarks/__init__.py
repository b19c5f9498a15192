"""The table of speed and size."""
