"""The table of speed and size: what `make bench` prints."""
